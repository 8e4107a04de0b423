//! The ports of flows over a [`Line`].

use std::sync::Arc;

use till_app::ports::{
    AskTrade, Asked, Claim, ClaimKey, Claimed, Clock, Commit, CommitGoods, Committed, CreateError, DisputeLook,
    DisputePage, Draw, DuePart, Enqueue, FindAccount, FindDue, FindProduct, KeepDisputeLook, KeepRecord, ListDisputes,
    LoadEntry, LoadOrder, LoadWallet, Message, NewTrade, Opened, Payer, Provide, Push, Record, RefundOrder, SaveOrder,
    Saved, ShareSweep, Show, Task, Unanswered, Unavailable,
};
use till_domain::id::OrderNo;
use till_domain::order::{Order, Says};
use till_domain::product::Product;
use till_domain::provider::{Account, Provider};
use till_domain::text::{DisputeNo, Key, ProductId, ProductType, TradeNo, UserId};
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};

use crate::call::{Answer, Call, CommitCall, ProviderCall, RefundCall};
use crate::line::{Line, Ports};

macro_rules! heard {
    ($line:expr, $call:expr, $pattern:pat => $value:expr, else $otherwise:expr) => {
        match $line.call($call).await {
            $pattern => $value,
            // No answer, or an answer to another call.
            _ => $otherwise,
        }
    };
}

pub(crate) use heard;

impl<L: Line> Clock for Ports<L> {
    fn now(&self) -> Time {
        self.0.now()
    }

    async fn pause(&self, nth: u32) {
        self.0.pause(nth).await;
    }
}

impl<L: Line> Draw for Ports<L> {
    fn entropy(&self) -> u64 {
        self.0.entropy()
    }
}

impl<L: Line> LoadOrder for Ports<L> {
    async fn load_order(&self, no: OrderNo) -> Result<Option<Order>, Unavailable> {
        heard!(self.0, Call::LoadOrder(no),
            Answer::Order(order) => Ok(order.map(|order| Order::clone(&order))), else Err(Unavailable))
    }
}

impl<L: Line> SaveOrder for Ports<L> {
    async fn save_order(&self, order: &Order) -> Result<Saved, Unavailable> {
        heard!(self.0, Call::SaveOrder(Arc::new(order.clone())), Answer::Saved(saved) => Ok(saved), else Err(Unavailable))
    }
}

impl<L: Line> FindDue for Ports<L> {
    async fn find_due(&self, part: DuePart, now: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable> {
        heard!(self.0, Call::FindDue(part, now, most), Answer::Due(due) => Ok(due), else Err(Unavailable))
    }
}

impl<L: Line> LoadWallet for Ports<L> {
    async fn load_wallet(&self, user: &UserId) -> Result<Wallet, Unavailable> {
        heard!(self.0, Call::LoadWallet(user.clone()), Answer::Wallet(wallet) => Ok(*wallet), else Err(Unavailable))
    }
}

impl<L: Line> LoadEntry for Ports<L> {
    async fn load_entry(&self, user: &UserId, source: &Source) -> Result<Option<Entry>, Unavailable> {
        heard!(self.0, Call::LoadEntry(user.clone(), source.clone()),
            Answer::Entry(entry) => Ok(entry.map(|entry| *entry)), else Err(Unavailable))
    }
}

impl<L: Line> CommitGoods for Ports<L> {
    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, Unavailable> {
        let owned = CommitCall {
            order: commit.order.cloned().map(Arc::new),
            user: commit.user.clone(),
            wallet: commit.wallet.clone(),
            entry: commit.entry.clone(),
            unchanged: commit.unchanged.to_vec(),
            record: commit.record.cloned(),
        };
        heard!(self.0, Call::Commit(Box::new(owned)), Answer::Committed(done) => Ok(done), else Err(Unavailable))
    }
}

impl<L: Line> KeepRecord for Ports<L> {
    async fn keep_record(&self, record: Record) {
        self.0.call(Call::KeepRecord(Box::new(record))).await;
    }
}

impl<L: Line> FindProduct for Ports<L> {
    async fn find_product(&self, kind: &ProductType, id: &ProductId) -> Result<Option<Product>, Unavailable> {
        heard!(self.0, Call::FindProduct(kind.clone(), id.clone()),
            Answer::Product(product) => Ok(product.map(|product| Product::clone(&product))), else Err(Unavailable))
    }
}

impl<L: Line> FindAccount for Ports<L> {
    async fn find_account(&self, provider: Provider) -> Result<Option<Account>, Unavailable> {
        heard!(self.0, Call::FindAccount(provider), Answer::Account(account) => Ok(account), else Err(Unavailable))
    }
}

impl<L: Line> ClaimKey for Ports<L> {
    async fn load_claim(&self, user: &UserId, key: &Key) -> Result<Option<Claim>, Unavailable> {
        heard!(self.0, Call::LoadClaim(user.clone(), key.clone()),
            Answer::Claim(claim) => Ok(claim.map(|claim| *claim)), else Err(Unavailable))
    }

    async fn put_claim(&self, claim: &Claim) -> Result<Claimed, Unavailable> {
        heard!(self.0, Call::PutClaim(Box::new(claim.clone())), Answer::Claimed(done) => Ok(done), else Err(Unavailable))
    }

    async fn move_claim(&self, before: &Claim, claim: &Claim) -> Result<Claimed, Unavailable> {
        let call = Call::MoveClaim(Box::new(before.clone()), Box::new(claim.clone()));
        heard!(self.0, call, Answer::Claimed(done) => Ok(done), else Err(Unavailable))
    }
}

impl<L: Line> Enqueue for Ports<L> {
    async fn enqueue(&self, task: Task) -> Result<(), Unavailable> {
        heard!(self.0, Call::Enqueue(task), Answer::Done => Ok(()), else Err(Unavailable))
    }
}

impl<L: Line> ShareSweep for Ports<L> {
    async fn share_sweep(&self) -> Result<(), Unavailable> {
        heard!(self.0, Call::ShareSweep, Answer::Done => Ok(()), else Err(Unavailable))
    }
}

impl<L: Line> Push for Ports<L> {
    async fn push(&self, user: &UserId, order: OrderNo, message: Message) {
        self.0.call(Call::Push(user.clone(), order, message)).await;
    }
}

impl<L: Line> Provide for Ports<L> {
    async fn create(&self, trade: NewTrade<'_>) -> Result<Opened, CreateError> {
        let call = ProviderCall::Create {
            payment_no: trade.payment_no,
            method: trade.method,
            account: trade.account.clone(),
            price: trade.sold.price,
            expire_at: trade.expire_at,
        };
        heard!(self.0, Call::Provider(call),
            Answer::Opened(opened) => opened.map(|opened| *opened), else Err(CreateError::Unanswered))
    }

    async fn show(&self, asked: Asked<'_>, _payer: &Payer) -> Result<Show, Unanswered> {
        let call = ProviderCall::Show(asked.payment_no, asked.attempt.account.clone());
        heard!(self.0, Call::Provider(call), Answer::Show(show) => show.map(|show| *show), else Err(Unanswered))
    }

    async fn query(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered> {
        let call = ProviderCall::Query(asked.payment_no, asked.attempt.account.clone());
        heard!(self.0, Call::Provider(call), Answer::Says(says) => says, else Err(Unanswered))
    }

    async fn close(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered> {
        let call = ProviderCall::Close(asked.payment_no, asked.attempt.account.clone());
        heard!(self.0, Call::Provider(call), Answer::Says(says) => says, else Err(Unanswered))
    }

    async fn refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered> {
        let call = ProviderCall::Refund(owned(refund));
        heard!(self.0, Call::Provider(call), Answer::Says(says) => says, else Err(Unanswered))
    }

    async fn query_refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered> {
        let call = ProviderCall::QueryRefund(owned(refund));
        heard!(self.0, Call::Provider(call), Answer::Says(says) => says, else Err(Unanswered))
    }
}

impl<L: Line> AskTrade for Ports<L> {
    async fn ask_trade(&self, account: &Account, trade_no: &TradeNo) -> Result<Vec<Says>, Unanswered> {
        let call = ProviderCall::AskTrade(trade_no.clone(), account.clone());
        heard!(self.0, Call::Provider(call), Answer::Says(says) => says, else Err(Unanswered))
    }
}

impl<L: Line> ListDisputes for Ports<L> {
    async fn list_disputes(
        &self,
        account: &Account,
        since: Time,
        after: Option<&DisputeNo>,
    ) -> Result<DisputePage, Unanswered> {
        let call = ProviderCall::ListDisputes(account.clone(), since, after.cloned());
        heard!(self.0, Call::Provider(call),
            Answer::Disputes(page) => page.map(|page| *page), else Err(Unanswered))
    }
}

impl<L: Line> KeepDisputeLook for Ports<L> {
    async fn load_dispute_look(&self, account: &Account) -> Result<Option<DisputeLook>, Unavailable> {
        heard!(self.0, Call::LoadDisputeLook(account.clone()),
            Answer::Look(look) => Ok(look.map(|look| *look)), else Err(Unavailable))
    }

    async fn save_dispute_look(&self, look: &DisputeLook) -> Result<bool, Unavailable> {
        heard!(self.0, Call::SaveDisputeLook(Box::new(look.clone())),
            Answer::LookSaved(saved) => Ok(saved), else Err(Unavailable))
    }
}

fn owned(refund: RefundOrder<'_>) -> RefundCall {
    RefundCall {
        refund_no: refund.refund_no,
        id: refund.refund.id.clone(),
        trade_no: refund.trade_no.clone(),
        account: refund.refund.account.clone(),
        amount: refund.refund.amount,
    }
}
