//! Who changes something with the program: the name that the audit trail has.

use std::time::Duration;

use till_domain::text::UserId;

use crate::Failure;
use crate::deployment::Deployment;

/// What records of the program's changes begin with.
const PROGRAM: &str = "till";
const MOST_CHARACTERS: usize = 128;
/// AWS tells the identity within some tenths of a second; a change does not wait longer for a name.
const MOST_WAIT: Duration = Duration::from_secs(5);

impl Deployment {
    /// The identity by which AWS lets the program in, which CloudTrail has too; else the user of this machine.
    pub async fn author(&self) -> Result<UserId, Failure> {
        let identity = if self.is_emulated() { None } else { self.identity().await };
        Ok(named(identity.or_else(user_of_this_machine).as_deref())?)
    }

    /// An emulator of AWS knows nobody.
    fn is_emulated(&self) -> bool {
        self.config.endpoint_url().is_some()
    }

    async fn identity(&self) -> Option<String> {
        let client = aws_sdk_sts::Client::new(&self.config);
        let asked = tokio::time::timeout(MOST_WAIT, client.get_caller_identity().send()).await;
        let identity = asked.ok()?.ok()?;
        identity.arn().map(|arn| arn.splitn(6, ':').last().unwrap_or(arn).to_owned())
    }
}

fn user_of_this_machine() -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok();
    ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable)
}

/// A name as records have it: `till:assumed-role:Admin:ann@example.com`.
fn named(who: Option<&str>) -> Result<UserId, till_domain::text::BadText> {
    let accepted = |c: char| match c {
        '/' => ':',
        c if c.is_ascii_alphanumeric() || "_.:@-".contains(c) => c,
        _ => '-',
    };
    let who: String = who.unwrap_or_default().trim().chars().map(accepted).collect();
    let name = if who.is_empty() { PROGRAM.to_owned() } else { format!("{PROGRAM}:{who}") };
    UserId::parse(&name.chars().take(MOST_CHARACTERS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_users() {
        let long = "a".repeat(200);
        let rows = [
            (Some("assumed-role/Admin/ann@example.com"), "till:assumed-role:Admin:ann@example.com".to_owned()),
            (Some("user/ops+pay=1,x"), "till:user:ops-pay-1-x".to_owned()),
            (Some(" 王芳 "), "till:--".to_owned()),
            (Some("  "), "till".to_owned()),
            (None, "till".to_owned()),
            (Some(&long), format!("till:{}", "a".repeat(123))),
        ];
        for (who, name) in rows {
            assert_eq!(named(who).unwrap().as_str(), name);
        }
    }
}
