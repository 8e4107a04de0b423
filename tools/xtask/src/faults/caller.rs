//! Who is at the other end of a connection on this machine: the function's process, by the connection's port. Linux tells.

use std::fs;

use crate::local::process;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Caller {
    id: u32,
    /// Its name on AWS.
    pub(super) function: String,
}

/// The variable by which Lambda tells a function its name.
const FUNCTION: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// The variable that all processes of one stack share.
const STACK: &str = "TILL_STACK";

impl Caller {
    /// The function that connected to `port` from `from`, if it is a function of this stack.
    pub(super) fn find(from: u16, port: u16) -> Option<Self> {
        let sockets = fs::read_to_string("/proc/net/tcp").ok()?;
        let inode = sockets.lines().find_map(|line| inode(line, from, port))?;
        let id = owner(&format!("socket:[{inode}]"))?;
        let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
        let ours = std::env::var(STACK).ok();
        (variable(&environment, STACK) == ours).then_some(())?;
        Some(Self { id, function: variable(&environment, FUNCTION)? })
    }

    /// Ends it as a crash does.
    pub(super) fn kill(&self) {
        process::kill_now(self.id);
    }
}

/// proc(5): number, local address, remote address, state, …; the tenth word is the inode. Addresses are hexadecimal, the
/// machine's own is 0100007F.
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

fn variable(environment: &[u8], name: &str) -> Option<String> {
    let mut variables = environment.split(|&byte| byte == 0).filter_map(|pair| std::str::from_utf8(pair).ok());
    variables.find_map(|pair| Some(pair.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernels_table_is_read() {
        let line =
            "   4: 0100007F:B0C6 0100007F:2328 01 00000000:00000000 00:00000000 00000000     0        0 31415 1 0 20";
        assert_eq!(inode(line, 0xB0C6, 9000), Some("31415"));
        assert_eq!(inode(line, 9000, 0xB0C6), None);
        assert_eq!(inode("  sl  local_address rem_address", 1, 2), None);
    }

    #[test]
    fn variables_are_found_by_their_whole_name() {
        assert_eq!(variable(b"XAB=1\0AB=2\0ABC=3\0", "AB"), Some("2".to_owned()));
        assert_eq!(variable(b"", "AB"), None);
    }
}
