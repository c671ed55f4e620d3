//! Turns Nagle's algorithm off on the process's TCP connections. The database driver leaves it on and gives no way to its
//! socket: a statement that goes out in two writes then waits for the server's delayed acknowledgement, 40 ms each, which
//! cuts what a batch of messages can do to a tenth. Nothing in this process wants that delay.

use std::os::fd::{BorrowedFd, RawFd};

use socket2::SockRef;

/// Sets TCP_NODELAY on every TCP connection of this process; what is no TCP connection is left alone.
pub fn set_on_all() {
    // macOS has the second name
    let Ok(entries) = std::fs::read_dir("/proc/self/fd").or_else(|_| std::fs::read_dir("/dev/fd")) else { return };
    let open = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok());
    for fd in open.collect::<Vec<_>>() {
        set_on(fd);
    }
}

#[expect(unsafe_code, reason = "there is no safe way to name a descriptor that another crate owns")]
fn set_on(fd: RawFd) {
    // SAFETY: the descriptor was open a moment ago. If its owner closes it meanwhile, the option is refused, or set on the
    // connection that has its number now: nothing is read, written or closed through it.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    let socket = SockRef::from(&borrowed);
    if socket.tcp_nodelay().is_ok_and(|already| !already)
        && let Err(error) = socket.set_tcp_nodelay(true)
    {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_another_crate_opened_sends_without_delay() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let connection = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!connection.nodelay().unwrap());
        set_on_all();
        assert!(connection.nodelay().unwrap());
    }
}
