//! Files under way: how much later an operator is told of messages while many files come in slowly, and what a large file
//! costs in memory on its way in, out of a network, and back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;
use crate::bench::{Bench, Scale};
use crate::figures::{Row, Unit, figure};
use crate::http::{Connection, find};
use crate::inflow::Inflow;
use crate::server::{Server, Settings};
use crate::subject::Subject;

const PER_SECOND: u32 = 500;
/// Of each slow file.
const BYTES_PER_SECOND: usize = 1_000_000;

/// A Bot API on the loopback that knows two files: `slow`, and `large`, which comes as fast as it is taken.
async fn bot_api(scale: Scale) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, scale));
        }
    });
    Ok(url)
}

async fn answer(mut stream: TcpStream, scale: Scale) -> Result<(), Failure> {
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
        let size = if large { scale.large_file_bytes } else { scale.file_bytes };
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
pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let (scale, networks) = (bench.scale, bot_api(bench.scale).await?);
    let server = Server::with(bench, &Settings { networks: &networks, ..Settings::default() }).await?;
    let subject = &server.subject;
    let mut inflow = Inflow::open(bench, subject, 1).await?;
    let (turn, files) = (2 * scale.turn, scale.files);

    let alone = inflow.paced(PER_SECOND, turn).await?;
    let mut connection = Connection::open(&subject.address).await?;
    for n in 0..files {
        connection.ask(&subject.inbound.file(n, "slow")).await?;
    }
    let start = Instant::now();
    let busy = inflow.paced(PER_SECOND, turn).await?;
    wait_for_ready(subject, files).await?;
    let came = start.elapsed().as_secs_f64();
    drop(inflow);

    let (fetched, ()) = peak(subject, async {
        // the first connection rested longer than the server lets one rest
        Connection::open(&subject.address).await?.ask(&subject.inbound.file(files, "large")).await?;
        wait_for_ready(subject, files + 1).await
    })
    .await?;
    let bytes = scale.large_file_bytes;
    let (uploaded, url) = peak(subject, upload(subject, bytes)).await?;
    let (loaded, ()) = peak(subject, load(subject, &url, bytes)).await?;
    server.subject.stop().await?;
    let (p99, p99_alone) = (busy.told.percentile(99), alone.told.percentile(99));
    Ok(vec![
        Row::compare("webhook to event while files come, p99", Unit::Millis, &[p99], ("without files", &[p99_alone])),
        Row::of("files a second, all of them here", Unit::PerSecond, &[figure(files) / came]),
        Row::of("memory, a large file fetched", Unit::MiB, &[fetched]),
        Row::of("memory, a large file uploaded", Unit::MiB, &[uploaded]),
        Row::of("memory, a large file loaded", Unit::MiB, &[loaded]),
    ])
}

async fn wait_for_ready(subject: &Subject, count: usize) -> Result<(), Failure> {
    for _ in 0..1_200 {
        if subject.database.count("select count(*) from attachments where status = 'ready'").await? >= count {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the files did not come".into())
}

/// How many MiB the resident memory of the server rises while something goes on.
async fn peak<T>(subject: &Subject, work: impl Future<Output = Result<T, Failure>>) -> Result<(f64, T), Failure> {
    let before = subject.process.resident_kib()?;
    let done = AtomicBool::new(false);
    let watching = async {
        let mut most = before;
        while !done.load(Ordering::Relaxed) {
            most = most.max(subject.process.resident_kib()?);
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
    Ok(((most? - before) / 1_024.0, result?))
}

/// Uploads a large file and gives its address.
async fn upload(subject: &Subject, bytes: usize) -> Result<String, Failure> {
    let (before, after) =
        ("--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"large.bin\"\r\n\r\n", "\r\n--b--\r\n");
    let length = before.len() + bytes + after.len();
    let mut stream = TcpStream::connect(&subject.address).await?;
    let head = format!(
        "POST /api/media HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: multipart/form-data; boundary=b\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{before}",
        subject.token
    );
    stream.write_all(head.as_bytes()).await?;
    let piece = vec![7; 100_000];
    for _ in 0..bytes / piece.len() {
        stream.write_all(&piece).await?;
    }
    stream.write_all(after.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let body = find(&answer, b"\r\n\r\n").ok_or("an answer without a body")?;
    let file: Value = serde_json::from_slice(&answer[body + 4..])?;
    Ok(file["url"].as_str().ok_or("an upload without an address")?.to_owned())
}

async fn load(subject: &Subject, url: &str, bytes: usize) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(&subject.address).await?;
    stream.write_all(format!("GET {url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let (mut buffer, mut loaded) = (vec![0; 100_000], 0);
    loop {
        match stream.read(&mut buffer).await? {
            0 if loaded > bytes => return Ok(()),
            0 => return Err("the file was cut off".into()),
            read => loaded += read,
        }
    }
}
