//! Files under way: how much later an operator is told of messages while 200 files come in slowly, and what a large file costs
//! in memory on its way in, out of a network, and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::http::{Connection, find};
use crate::operator::Target;
use crate::server::Server;
use crate::socket::Watch;
use crate::table::row;
use crate::{Failure, at_a_rate};

const FILES: usize = 200;
const FILE_BYTES: usize = 5_000_000;
const BYTES_PER_SECOND: usize = 1_000_000;
const LARGE_BYTES: usize = 100_000_000;

/// A Bot API on the loopback that knows two files: `slow`, and `large`, which comes as fast as it is taken.
pub async fn bot_api() -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    Ok(url)
}

async fn answer(mut stream: TcpStream) -> Result<(), Failure> {
    let mut request = Vec::new();
    loop {
        request.clear();
        while find(&request, b"\r\n\r\n").is_none() {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        if request.starts_with(b"POST") {
            // bodies here are small, and come with their head or right after it
            let large = find(&request, b"large").is_some();
            let body = format!(
                r#"{{"ok":true,"result":{{"id":1,"is_bot":true,"first_name":"b","username":"b_bot","url":"","file_id":"f","file_path":"{}"}}}}"#,
                if large { "large" } else { "slow" }
            );
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).await?;
            return Ok(());
        }
        let large = find(&request, b"/large ").is_some();
        let size = if large { LARGE_BYTES } else { FILE_BYTES };
        stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n").as_bytes()).await?;
        let piece = vec![7; BYTES_PER_SECOND / 10];
        for _ in 0..size / piece.len() {
            stream.write_all(&piece).await?;
            if !large {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// # Errors
/// Where a file is lost, or the server ends.
pub async fn measure(binary: &str) -> Result<(), Failure> {
    let server = Server::start(binary, &bot_api().await?).await?;
    let target = Arc::new(Target::set_up(&server).await?);
    let watch = Watch::open(&server.address, &target.token).await?;
    println!("{}", server.description);

    let idle = at_a_rate(&target, &watch).await?;
    idle.print("500 messages a second, nothing else");
    let mut connection = Connection::open(&server.address).await?;
    for n in 0..FILES {
        connection.post(&target.file(n, "slow")).await?;
    }
    let start = Instant::now();
    let busy = at_a_rate(&target, &watch).await?;
    let left = server.count("select count(*) from media_fetches").await?;
    busy.print("the same while 200 files of 5 MB come at 1 MB/s each");
    row("p99 to event, against nothing else", &format!("{:.2}", busy.told.p99_ratio(&idle.told)));
    row("files that were still to come at the end of it", &left.to_string());
    wait_for_ready(&server, FILES).await?;
    row("all of them were here after", &format!("{:.0} s", start.elapsed().as_secs_f64()));
    println!();

    println!("one file of 100 MB: memory of the server at most, above what it was");
    let (fetched, _) = peak(&server, async {
        // the first connection rested longer than the server lets one rest
        Connection::open(&server.address).await?.post(&target.file(FILES, "large")).await?;
        wait_for_ready(&server, FILES + 1).await
    })
    .await?;
    row("  fetched from the network", &fetched);
    let (uploaded, url) = peak(&server, upload(&target)).await?;
    row("  uploaded by a client", &uploaded);
    let (loaded, _) = peak(&server, load(&target, &url)).await?;
    row("  loaded by a client", &loaded);
    server.stop().await
}

async fn wait_for_ready(server: &Server, count: usize) -> Result<(), Failure> {
    for _ in 0..1_200 {
        let ready = server.count("select count(*) from attachments where status = 'ready'").await?;
        if usize::try_from(ready)? >= count {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the files did not come".into())
}

/// How far the resident memory of the server rises while something goes on.
async fn peak<T>(server: &Server, work: impl Future<Output = Result<T, Failure>>) -> Result<(String, T), Failure> {
    let before = server.resident_mib()?;
    let done = AtomicBool::new(false);
    let watching = async {
        let mut most = before;
        while !done.load(Ordering::Relaxed) {
            most = most.max(server.resident_mib()?);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok::<_, Failure>(most)
    };
    let working = async {
        let result = work.await;
        done.store(true, Ordering::Relaxed);
        result
    };
    let (most, result) = tokio::join!(watching, working);
    Ok((format!("{:.1} MiB (of {before:.1})", most? - before), result?))
}

/// Uploads a large file and gives its address.
async fn upload(target: &Target) -> Result<String, Failure> {
    let (before, after) =
        ("--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"large.bin\"\r\n\r\n", "\r\n--b--\r\n");
    let length = before.len() + LARGE_BYTES + after.len();
    let mut stream = TcpStream::connect(&target.address).await?;
    let head = format!(
        "POST /api/media HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: multipart/form-data; boundary=b\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{before}",
        target.token
    );
    stream.write_all(head.as_bytes()).await?;
    let piece = vec![7; 100_000];
    for _ in 0..LARGE_BYTES / piece.len() {
        stream.write_all(&piece).await?;
    }
    stream.write_all(after.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let body = find(&answer, b"\r\n\r\n").ok_or("an answer without a body")?;
    let file: Value = serde_json::from_slice(&answer[body + 4..])?;
    Ok(file["url"].as_str().ok_or("an upload without an address")?.to_owned())
}

async fn load(target: &Target, url: &str) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(&target.address).await?;
    stream.write_all(format!("GET {url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let (mut buffer, mut loaded) = (vec![0; 100_000], 0);
    loop {
        match stream.read(&mut buffer).await? {
            0 if loaded > LARGE_BYTES => return Ok(()),
            0 => return Err("the file was cut off".into()),
            read => loaded += read,
        }
    }
}
