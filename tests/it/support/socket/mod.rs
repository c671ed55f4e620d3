//! Socket.IO clients: the real ones of JavaScript and Python as child processes, and a plain one for load and odd frames.

mod inbox;
mod process;
mod raw;
mod reader;

pub use inbox::{Event, Events, MARK};
pub use process::{Client, Connect, Language};
pub use raw::RawClient;
pub use reader::Reader;
