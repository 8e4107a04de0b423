//! Orphans: as tables keep them, and as ports over a line.

use till_app::ports::{
    Closing, DecideOrphan, KeepOrphan, Kept, ListOrphans, LoadOrphan, Orphan, Settlement, StoredOrphan, Unavailable,
};
use till_domain::provider::Provider;
use till_domain::text::TradeNo;

use crate::call::{Answer, Call};
use crate::line::{Line, Ports};
use crate::ports::heard;
use crate::tables::Tables;

impl Tables {
    /// Does what a call about one orphan asks for; another call has no answer here.
    pub(crate) fn keep_or_decide(&mut self, call: &Call) -> Answer {
        let found = match call {
            Call::KeepOrphan(orphan) => Some(self.keep_orphan(orphan)),
            Call::LoadOrphan(provider, trade_no) => {
                return Answer::Orphan(self.orphan(*provider, trade_no).map(Box::new));
            }
            Call::SettleOrphan(provider, trade_no, settlement) => {
                if self.is_undecided(*provider, trade_no) {
                    self.settlements.insert((*provider, trade_no.clone()), (**settlement).clone());
                }
                self.orphan(*provider, trade_no)
            }
            Call::CloseOrphan(provider, trade_no, closing) => {
                if self.is_undecided(*provider, trade_no) {
                    self.closings.insert((*provider, trade_no.clone()), (**closing).clone());
                }
                self.orphan(*provider, trade_no)
            }
            _ => None,
        };
        found.map_or(Answer::Unavailable, |orphan| Answer::Orphan(Some(Box::new(orphan))))
    }

    fn keep_orphan(&mut self, orphan: &Orphan) -> StoredOrphan {
        let key = (orphan.report.account.provider, orphan.trade_no.clone());
        let Some(mut stored) = self.orphan(key.0, &key.1) else {
            self.orphans.push(orphan.clone());
            return StoredOrphan::new(orphan.clone());
        };
        if stored.settlement.is_none() && stored.hear(orphan) {
            self.later_reports.insert(key, stored.later.clone());
        }
        stored
    }

    fn is_undecided(&self, provider: Provider, trade_no: &TradeNo) -> bool {
        let orphan = self.orphan(provider, trade_no);
        orphan.is_some_and(|orphan| orphan.settlement.is_none() && orphan.closing.is_none())
    }

    /// The orphan of this payment, if there is one.
    pub fn orphan(&self, provider: Provider, trade_no: &TradeNo) -> Option<StoredOrphan> {
        let is_it = |orphan: &Orphan| orphan.report.account.provider == provider && orphan.trade_no == *trade_no;
        self.stored_orphans().find(|stored| is_it(&stored.orphan))
    }

    pub fn stored_orphans(&self) -> impl Iterator<Item = StoredOrphan> {
        self.orphans.iter().map(|orphan| {
            let key = (orphan.report.account.provider, orphan.trade_no.clone());
            StoredOrphan {
                later: self.later_reports.get(&key).cloned().unwrap_or_default(),
                settlement: self.settlements.get(&key).cloned(),
                closing: self.closings.get(&key).cloned(),
                ..StoredOrphan::new(orphan.clone())
            }
        })
    }
}

impl<L: Line> KeepOrphan for Ports<L> {
    async fn keep_orphan(&self, orphan: &Orphan) -> Result<StoredOrphan, Unavailable> {
        heard!(self.0, Call::KeepOrphan(Box::new(orphan.clone())),
            Answer::Orphan(Some(orphan)) => Ok(*orphan), else Err(Unavailable))
    }
}

impl<L: Line> LoadOrphan for Ports<L> {
    async fn load_orphan(&self, provider: Provider, trade_no: &TradeNo) -> Result<Option<StoredOrphan>, Unavailable> {
        heard!(self.0, Call::LoadOrphan(provider, trade_no.clone()),
            Answer::Orphan(orphan) => Ok(orphan.map(|orphan| *orphan)), else Err(Unavailable))
    }
}

impl<L: Line> DecideOrphan for Ports<L> {
    async fn settle_orphan(
        &self,
        provider: Provider,
        trade_no: &TradeNo,
        settlement: &Settlement,
    ) -> Result<StoredOrphan, Unavailable> {
        let call = Call::SettleOrphan(provider, trade_no.clone(), Box::new(settlement.clone()));
        heard!(self.0, call, Answer::Orphan(Some(orphan)) => Ok(*orphan), else Err(Unavailable))
    }

    async fn close_orphan(
        &self,
        provider: Provider,
        trade_no: &TradeNo,
        closing: &Closing,
    ) -> Result<StoredOrphan, Unavailable> {
        let call = Call::CloseOrphan(provider, trade_no.clone(), Box::new(closing.clone()));
        heard!(self.0, call, Answer::Orphan(Some(orphan)) => Ok(*orphan), else Err(Unavailable))
    }
}

impl<L: Line> ListOrphans for Ports<L> {
    async fn list_orphans(
        &self,
        provider: Provider,
        from: Option<&str>,
        most: usize,
    ) -> Result<Kept<StoredOrphan>, Unavailable> {
        heard!(self.0, Call::ListOrphans(provider, from.map(str::to_owned), most),
            Answer::Orphans(page) => Ok(page), else Err(Unavailable))
    }

    async fn list_open_orphans(&self, from: Option<&str>, most: usize) -> Result<Kept<StoredOrphan>, Unavailable> {
        heard!(self.0, Call::ListOpenOrphans(from.map(str::to_owned), most),
            Answer::Orphans(page) => Ok(page), else Err(Unavailable))
    }
}
