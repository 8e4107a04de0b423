//! Finds the process at the other end of a connection on this machine, by the connection's port, in Linux's `/proc`.

use std::fs;

use crate::local::emulator::MARK;
use crate::local::process;

pub(super) struct Caller {
    id: u32,
    /// Its name on AWS: `till-dev-fulfil-order`.
    pub(super) function: String,
}

/// Lambda sets this variable to the name of the function.
const FUNCTION: &str = "AWS_LAMBDA_FUNCTION_NAME";

impl Caller {
    /// The process that connected to `port` from `from`, if it is a function of this stack.
    pub(super) fn find(from: u16, port: u16) -> Option<Self> {
        let sockets = fs::read_to_string("/proc/net/tcp").ok()?;
        let inode = sockets.lines().find_map(|line| inode(line, from, port))?;
        let id = owner(&format!("socket:[{inode}]"))?;
        let is_ours = process::variable(id, MARK) == std::env::var(MARK).ok();
        process::variable(id, FUNCTION).filter(|_| is_ours).map(|function| Self { id, function })
    }

    pub(super) fn kill(&self) {
        process::kill_now(self.id);
    }
}

/// proc(5): number, local address, remote address, state, …; the tenth word is the inode. 0100007F is 127.0.0.1.
fn inode(line: &str, from: u16, port: u16) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_it = *words.get(1)? == format!("0100007F:{from:04X}") && *words.get(2)? == format!("0100007F:{port:04X}");
    if is_it { words.get(9).copied() } else { None }
}

fn owner(socket: &str) -> Option<u32> {
    let entries = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let mut ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|id| {
        let open = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().filter_map(Result::ok);
        open.filter_map(|file| fs::read_link(file.path()).ok()).any(|link| link.as_os_str() == socket)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inode_is_read_from_the_line_of_both_ports() {
        let line =
            "   4: 0100007F:B0C6 0100007F:2328 01 00000000:00000000 00:00000000 00000000     0        0 31415 1 0 20";
        assert_eq!(inode(line, 0xB0C6, 9000), Some("31415"));
        assert_eq!(inode(line, 9000, 0xB0C6), None);
        assert_eq!(inode("  sl  local_address rem_address", 1, 2), None);
    }
}
