//! The ports that functions use around their flows, over a line.

use till_app::ports::{
    AccountSettings, Answer as AnswerSocket, Connection, CountCalls, FetchDocument, KeepConnection, KeepRejected,
    ListEntries, ListOrders, ListProducts, ListedProduct, ReadAccounts, ReadSecret, RejectedCallback, Scope, Secret,
    Unavailable,
};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::provider::Provider;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::Entry;

use crate::call::{Answer, Call};
use crate::edge_call::{EdgeAnswer, EdgeCall};
use crate::line::{Line, Ports};
use crate::ports::heard;

impl<L: Line> ListOrders for Ports<L> {
    async fn list_orders(
        &self,
        user: &UserId,
        before: Option<OrderNo>,
        most: usize,
    ) -> Result<Vec<Order>, Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::ListOrders(user.clone(), before, most)),
            Answer::Edge(EdgeAnswer::Orders(orders)) => Ok(orders.iter().map(|order| Order::clone(order)).collect()),
            else Err(Unavailable))
    }
}

impl<L: Line> ListProducts for Ports<L> {
    async fn list_products(&self) -> Result<Vec<ListedProduct>, Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::ListProducts),
            Answer::Edge(EdgeAnswer::Products(products)) => Ok(products), else Err(Unavailable))
    }
}

impl<L: Line> ListEntries for Ports<L> {
    async fn list_entries(&self, user: &UserId) -> Result<Vec<Entry>, Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::ListEntries(user.clone())),
            Answer::Edge(EdgeAnswer::Entries(entries)) => Ok(entries), else Err(Unavailable))
    }
}

impl<L: Line> ReadAccounts for Ports<L> {
    async fn read_accounts(&self, provider: Provider) -> Result<Vec<AccountSettings>, Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::ReadAccounts(provider)),
            Answer::Edge(EdgeAnswer::Accounts(accounts)) => Ok(accounts), else Err(Unavailable))
    }
}

impl<L: Line> CountCalls for Ports<L> {
    async fn count_call(&self, scope: Scope, value: &str, now: Time) -> Result<u32, Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::CountCall(scope, value.to_owned(), now)),
            Answer::Edge(EdgeAnswer::Count(count)) => Ok(count), else Err(Unavailable))
    }
}

impl<L: Line> KeepRejected for Ports<L> {
    async fn keep_rejected(&self, stray: &RejectedCallback) {
        self.0.call(Call::Edge(EdgeCall::KeepRejected(Box::new(stray.clone())))).await;
    }
}

impl<L: Line> KeepConnection for Ports<L> {
    async fn keep_connection(&self, connection: &Connection) -> Result<(), Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::KeepConnection(Box::new(connection.clone()))),
            Answer::Done => Ok(()), else Err(Unavailable))
    }

    async fn forget_connection(&self, id: &str) -> Result<(), Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::ForgetConnection(id.to_owned())),
            Answer::Done => Ok(()), else Err(Unavailable))
    }
}

impl<L: Line> AnswerSocket for Ports<L> {
    async fn answer(&self, connection_id: &str, text: &str) -> Result<(), Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::AnswerSocket(connection_id.to_owned(), text.to_owned())),
            Answer::Done => Ok(()), else Err(Unavailable))
    }
}

impl<L: Line> ReadSecret for Ports<L> {
    async fn read_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::ReadSecret(name.to_owned())),
            Answer::Edge(EdgeAnswer::Secret(secret)) => Ok(secret), else Err(Unavailable))
    }

    async fn refresh_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::RefreshSecret(name.to_owned())),
            Answer::Edge(EdgeAnswer::Secret(secret)) => Ok(secret), else Err(Unavailable))
    }
}

impl<L: Line> FetchDocument for Ports<L> {
    async fn fetch_document(&self, url: &str) -> Result<Vec<u8>, Unavailable> {
        heard!(self.0, Call::Edge(EdgeCall::FetchDocument(url.to_owned())),
            Answer::Edge(EdgeAnswer::Document(document)) => Ok(document), else Err(Unavailable))
    }
}
