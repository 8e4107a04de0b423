//! Reads, while a function starts, what each of its requests needs, and so opens the connections. Lambda gives a function that
//! starts a whole core, and afterwards a share of one.

use futures_util::future::join;
use till_app::ports::{ListProducts as _, LoadOrder as _, LoadWallet as _, ReadAccounts as _, ReadSecret as _};
use till_domain::id::OrderNo;
use till_domain::provider::Provider;
use till_domain::text::UserId;
use till_domain::time::Time;

use crate::aws::Aws;

/// Items of the table that each request of a function needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ahead {
    Nothing,
    /// An order, which only the request names: the connection is opened, by asking for an order that cannot exist.
    Orders,
    /// A wallet, in the same way.
    Wallets,
    Products,
    /// The accounts of a provider, and their secrets.
    Accounts(Provider),
}

impl Aws {
    /// Reads these secrets, and this of the table. A failure is logged where it happens, and does not count: the request that
    /// needs it tries again.
    pub async fn read_ahead(&self, secrets: &[&str], table: Ahead) {
        // One after the other at each service: a second connection would cost more than it saves.
        let secrets = async {
            for name in secrets {
                let _ = self.read_secret(name).await;
            }
        };
        let ((), accounts) = join(secrets, self.read_table_ahead(table)).await;
        for name in accounts {
            let _ = self.read_secret(&name).await;
        }
    }

    /// Returns the names of secrets that are needed too.
    async fn read_table_ahead(&self, table: Ahead) -> Vec<String> {
        match table {
            Ahead::Nothing => {}
            Ahead::Orders => drop(self.load_order(OrderNo::mint(Time::FIRST, 0)).await),
            Ahead::Wallets => {
                if let Ok(user) = UserId::parse("nobody") {
                    let _ = self.load_wallet(&user).await;
                }
            }
            Ahead::Products => drop(self.list_products().await),
            Ahead::Accounts(provider) => {
                let accounts = self.read_accounts(provider).await.unwrap_or_default();
                return accounts.iter().map(|one| format!("account/{}", one.account.id)).collect();
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_aws::{Reply, TestAws};

    #[tokio::test]
    async fn what_was_read_ahead_is_not_read_again() {
        let test = TestAws::new().await;
        test.on_call(|_| Reply::Answer(200, r#"{"SecretString":"value"}"#.to_owned()));
        test.aws.read_ahead(&["bearer", "proxy"], Ahead::Products).await;
        assert_eq!(test.take_calls().len(), 2);
        assert!(test.aws.read_secret("bearer").await.unwrap().is_some());
        assert!(test.take_calls().is_empty());
    }

    #[tokio::test]
    async fn function_starts_though_nothing_can_be_read() {
        let aws = crate::test_aws::aws_that_answers(Reply::BrokenConnection);
        for table in [Ahead::Orders, Ahead::Wallets, Ahead::Products, Ahead::Accounts(Provider::WeChat)] {
            aws.read_ahead(&["bearer"], table).await;
        }
    }
}
