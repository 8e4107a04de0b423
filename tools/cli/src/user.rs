//! `till export-user` and `till erase-user`: what is kept about one user, and its erasure.

use clap::Args;
use serde_json::json;
use till_aws::Aws;
use till_aws::personal::Personal;
use till_domain::text::UserId;

use crate::{Failure, confirm, files};

#[derive(Args)]
pub struct Export {
    /// The user, as in the tokens
    #[arg(long, value_parser = UserId::parse)]
    user: UserId,
}

#[derive(Args)]
pub struct Erase {
    /// The user, as in the tokens
    #[arg(long, value_parser = UserId::parse)]
    user: UserId,
    /// Show what would be erased, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before the change
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
}

/// Prints everything that is kept about a user, as JSON.
pub async fn export(aws: &Aws, arguments: &Export) -> Result<(), Failure> {
    let user = &arguments.user;
    let found = aws.personal(user).await?;
    let mut all = found.to_json();
    all["user"] = json!(user.as_str());
    println!("{}", serde_json::to_string_pretty(&all)?);
    eprintln!("the names of the attributes are explained in docs/data.md; logs are not part of this");
    Ok(())
}

pub async fn erase(aws: &Aws, arguments: &Erase) -> Result<(), Failure> {
    let user = &arguments.user;
    let found = aws.personal(user).await?;
    if found.is_empty() {
        println!("nothing is kept about {user}");
        return Ok(());
    }
    show(user, &found);
    if !found.unfinished.is_empty() {
        return Err(till_aws::personal::NotErased::Unfinished(found.unfinished).into());
    }
    if arguments.dry_run {
        println!("nothing was changed");
        return Ok(());
    }
    confirm(arguments.yes)?;
    let pseudonym = pseudonym()?;
    match aws.erase(user, &pseudonym).await? {
        Some(name) => println!("done: what has to be kept stands under {name}, and nothing leads from {user} to it"),
        None => println!("nothing is kept about {user}"),
    }
    println!("logs still name the user until they end ({LOGS})");
    Ok(())
}

const LOGS: &str = "`logDays` of the stage";

fn show(user: &UserId, found: &Personal) {
    let Personal { orders, wallet, records, orphans, passing, buyers, unfinished: _ } = found;
    println!("{user}:");
    println!("  {} orders: user and {} ids of the buyer at providers become a pseudonym", orders.len(), buyers.len());
    println!("  {} items of wallet and ledger move under the pseudonym", wallet.len());
    println!("  {} records of what the team changed by hand move under the pseudonym", records.len());
    println!("  {} payments without an order: the buyer becomes the pseudonym", orphans.len());
    println!("  {} keys, sockets and counters are deleted", passing.len());
    println!("amounts, products, times, and the providers' numbers of payments stay");
}

/// Random: it cannot be computed from the user.
fn pseudonym() -> Result<UserId, Failure> {
    let random = files::secret()?;
    let short = random.get(..32).unwrap_or_default();
    UserId::parse(&format!("erased-{short}")).map_err(|error| error.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_users_and_differ() {
        let (one, other) = (pseudonym().unwrap(), pseudonym().unwrap());
        assert!(one.as_str().starts_with("erased-") && one.as_str().len() == 39);
        assert_ne!(one, other);
    }
}
