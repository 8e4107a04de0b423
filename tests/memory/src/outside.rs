//! The ports that functions use around their flows, over a line.

use std::rc::Rc;

use till_app::ports::{
    AccountSettings, Answer as AnswerSocket, Connection, CountCalls, CountRefunds, FetchDocument, GivenBack,
    KeepConnection, KeepRejected, ListEntries, ListOrders, ListProducts, ListRecent, ListedProduct, LoadedOrders,
    ReadAccounts, ReadSecret, RejectedCallback, Scope, Secret, Unavailable,
};
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::provider::Provider;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::Entry;

use crate::call::{Answer, Call};
use crate::line::{Line, Ports};
use crate::ports::heard;
use crate::team::loaded;

impl<L: Line> ListOrders for Ports<L> {
    async fn list_orders(
        &self,
        user: &UserId,
        before: Option<OrderNo>,
        most: usize,
    ) -> Result<LoadedOrders, Unavailable> {
        heard!(self.0, Call::ListOrders(user.clone(), before, most),
            Answer::Orders(orders, unreadable) => Ok(loaded(&orders, unreadable)),
            else Err(Unavailable))
    }
}

impl<L: Line> ListRecent for Ports<L> {
    async fn list_recent(&self, user: &UserId, since: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable> {
        heard!(self.0, Call::ListRecent(user.clone(), since, most),
            Answer::Numbers(numbers) => Ok(numbers), else Err(Unavailable))
    }
}

impl<L: Line> ListProducts for Ports<L> {
    async fn list_products(&self) -> Result<Rc<[ListedProduct]>, Unavailable> {
        heard!(self.0, Call::ListProducts,
            Answer::Products(products) => Ok(products.into()), else Err(Unavailable))
    }
}

impl<L: Line> ListEntries for Ports<L> {
    async fn list_entries(&self, user: &UserId) -> Result<Vec<Entry>, Unavailable> {
        heard!(self.0, Call::ListEntries(user.clone()),
            Answer::Entries(entries) => Ok(entries), else Err(Unavailable))
    }
}

impl<L: Line> ReadAccounts for Ports<L> {
    async fn read_accounts(&self, provider: Provider) -> Result<Vec<AccountSettings>, Unavailable> {
        heard!(self.0, Call::ReadAccounts(provider),
            Answer::Accounts(accounts) => Ok(accounts), else Err(Unavailable))
    }
}

impl<L: Line> CountCalls for Ports<L> {
    async fn count_call(&self, scope: Scope, value: &str, now: Time) -> Result<u32, Unavailable> {
        heard!(self.0, Call::CountCall(scope, value.to_owned(), now),
            Answer::Count(count) => Ok(count), else Err(Unavailable))
    }
}

impl<L: Line> CountRefunds for Ports<L> {
    async fn count_refund(&self, amount: Money, now: Time) -> Result<GivenBack, Unavailable> {
        heard!(self.0, Call::CountRefund(amount, now),
            Answer::GivenBack(day) => Ok(day), else Err(Unavailable))
    }
}

impl<L: Line> KeepRejected for Ports<L> {
    async fn keep_rejected(&self, stray: &RejectedCallback) {
        self.0.call(Call::KeepRejected(Box::new(stray.clone()))).await;
    }
}

impl<L: Line> KeepConnection for Ports<L> {
    async fn use_ticket(&self, ticket: &str, connection_id: &str, until: Time) -> Result<bool, Unavailable> {
        heard!(self.0, Call::UseTicket(ticket.to_owned(), connection_id.to_owned(), until),
            Answer::IsFirst(is_first) => Ok(is_first), else Err(Unavailable))
    }

    async fn keep_connection(&self, connection: &Connection) -> Result<(), Unavailable> {
        heard!(self.0, Call::KeepConnection(Box::new(connection.clone())),
            Answer::Done => Ok(()), else Err(Unavailable))
    }
}

impl<L: Line> AnswerSocket for Ports<L> {
    async fn answer(&self, connection_id: &str, text: &str) -> Result<(), Unavailable> {
        heard!(self.0, Call::AnswerSocket(connection_id.to_owned(), text.to_owned()),
            Answer::Done => Ok(()), else Err(Unavailable))
    }
}

impl<L: Line> ReadSecret for Ports<L> {
    async fn read_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        heard!(self.0, Call::ReadSecret(name.to_owned()),
            Answer::Secret(secret) => Ok(secret), else Err(Unavailable))
    }

    async fn refresh_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        heard!(self.0, Call::RefreshSecret(name.to_owned()),
            Answer::Secret(secret) => Ok(secret), else Err(Unavailable))
    }
}

impl<L: Line> FetchDocument for Ports<L> {
    async fn fetch_document(&self, url: &str) -> Result<Vec<u8>, Unavailable> {
        heard!(self.0, Call::FetchDocument(url.to_owned()),
            Answer::Document(document) => Ok(document), else Err(Unavailable))
    }
}
