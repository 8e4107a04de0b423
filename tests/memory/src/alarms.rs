//! Alarms: as they are raised, and as they are kept while they stand; as tables do it, and as ports over a line.

use till_app::ports::{
    Alarm, AlarmWord, CheckOrder, KeepAlarms, KeptAlarm, ListedAlarms, Orphan, RaiseAlarm, SendMail, SendingTurn,
    Unavailable,
};
use till_domain::id::OrderNo;
use till_domain::order::{Hold, Order};
use till_domain::time::{Seconds, Time};

use crate::call::{Answer, Call};
use crate::line::{Line, Ports};
use crate::ports::heard;
use crate::tables::Tables;

const KEPT_AFTER_END: Seconds = Seconds::days(30);

impl Tables {
    /// Does what a call about alarms asks for; another call has no answer here.
    pub(crate) fn keep_or_raise(&mut self, call: &Call, now: Time) -> Answer {
        match call {
            Call::RaiseAlarm(order, holds) => self.alarms.push((*order, holds.clone())),
            Call::RaiseOrphan(orphan) => self.orphan_alarms.push((**orphan).clone()),
            Call::Raise(alarm) => self.other_alarms.push((**alarm).clone()),
            Call::SendMail(subject, text) => self.mails.push((subject.clone(), text.clone())),
            Call::LoadKept(word, subject) => {
                return Answer::Kept(self.kept_alarm(*word, subject, now).cloned().map(Box::new));
            }
            Call::SaveKept(kept) => return Answer::AlarmSaved(self.save_kept(kept, now)),
            Call::ListKept => return Answer::AllKept(self.list_kept(now)),
            Call::PutAway(kept, ended) => return Answer::AlarmSaved(self.put_away(kept, *ended)),
            Call::LoadEnd(word, subject) => {
                let ended = self.ended_alarms.get(&(*word, subject.clone())).copied();
                return Answer::End(ended.filter(|ended| ended.plus(KEPT_AFTER_END) > now));
            }
            Call::CheckOrder(no) => return Answer::IsUsable(!self.stuck_orders.contains(no)),
            Call::LoadTurn => return Answer::Turn(Box::new(self.turn.clone())),
            Call::SaveTurn(turn) => return Answer::AlarmSaved(self.save_turn(turn)),
            _ => return Answer::Unavailable,
        }
        Answer::Done
    }

    fn kept_alarm(&self, word: AlarmWord, subject: &str, now: Time) -> Option<&KeptAlarm> {
        self.kept_alarms.get(&(word, subject.to_owned())).filter(|kept| is_kept(kept, now))
    }

    fn save_kept(&mut self, kept: &KeptAlarm, now: Time) -> bool {
        let known = self.kept_alarm(kept.alarm.word, &kept.alarm.subject, now);
        let fits =
            known.is_some_and(|known| known == kept) || known.map_or(0, |known| known.version) + 1 == kept.version;
        if fits {
            self.kept_alarms.insert((kept.alarm.word, kept.alarm.subject.clone()), kept.clone());
        }
        fits
    }

    fn list_kept(&self, now: Time) -> ListedAlarms {
        let mut listed = ListedAlarms::default();
        for kept in self.kept_alarms.values().filter(|kept| is_kept(kept, now)) {
            let word = kept.alarm.word;
            if listed.all.iter().filter(|one| one.alarm.word == word).count() < ListedAlarms::MOST_OF_A_WORD {
                listed.all.push(kept.clone());
            } else {
                listed.more.insert(word);
            }
        }
        listed
    }

    fn put_away(&mut self, kept: &KeptAlarm, ended: Time) -> bool {
        let key = (kept.alarm.word, kept.alarm.subject.clone());
        let fits = self.kept_alarms.get(&key).is_some_and(|known| known.version == kept.version);
        if fits {
            self.kept_alarms.remove(&key);
            self.ended_alarms.insert(key, ended);
        }
        fits
    }

    fn save_turn(&mut self, turn: &SendingTurn) -> bool {
        let fits = self.turn == *turn || self.turn.version + 1 == turn.version;
        if fits {
            self.turn = turn.clone();
        }
        fits
    }
}

/// An alarm that is over can be looked up for some time.
fn is_kept(kept: &KeptAlarm, now: Time) -> bool {
    kept.ended.is_none_or(|ended| ended.plus(KEPT_AFTER_END) > now)
}

impl<L: Line> RaiseAlarm for Ports<L> {
    async fn raise_alarm(&self, order: &Order, holds: &[Hold]) -> Result<(), Unavailable> {
        heard!(self.0, Call::RaiseAlarm(order.no, holds.to_vec()), Answer::Done => Ok(()), else Err(Unavailable))
    }

    async fn raise_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable> {
        heard!(self.0, Call::RaiseOrphan(Box::new(orphan.clone())), Answer::Done => Ok(()), else Err(Unavailable))
    }

    async fn raise(&self, alarm: &Alarm) -> Result<(), Unavailable> {
        heard!(self.0, Call::Raise(Box::new(alarm.clone())), Answer::Done => Ok(()), else Err(Unavailable))
    }
}

impl<L: Line> SendMail for Ports<L> {
    async fn send_mail(&self, subject: &str, text: &str) -> Result<(), Unavailable> {
        heard!(self.0, Call::SendMail(subject.to_owned(), text.to_owned()), Answer::Done => Ok(()), else Err(Unavailable))
    }
}

impl<L: Line> KeepAlarms for Ports<L> {
    async fn load_kept(&self, word: AlarmWord, subject: &str) -> Result<Option<KeptAlarm>, Unavailable> {
        heard!(self.0, Call::LoadKept(word, subject.to_owned()),
            Answer::Kept(kept) => Ok(kept.map(|kept| *kept)), else Err(Unavailable))
    }

    async fn save_kept(&self, kept: &KeptAlarm) -> Result<bool, Unavailable> {
        heard!(self.0, Call::SaveKept(Box::new(kept.clone())), Answer::AlarmSaved(saved) => Ok(saved), else Err(Unavailable))
    }

    async fn list_kept(&self) -> Result<ListedAlarms, Unavailable> {
        heard!(self.0, Call::ListKept, Answer::AllKept(all) => Ok(all), else Err(Unavailable))
    }

    async fn put_away(&self, kept: &KeptAlarm, ended: Time) -> Result<bool, Unavailable> {
        heard!(self.0, Call::PutAway(Box::new(kept.clone()), ended), Answer::AlarmSaved(saved) => Ok(saved), else Err(Unavailable))
    }

    async fn load_end(&self, word: AlarmWord, subject: &str) -> Result<Option<Time>, Unavailable> {
        heard!(self.0, Call::LoadEnd(word, subject.to_owned()), Answer::End(ended) => Ok(ended), else Err(Unavailable))
    }

    async fn load_turn(&self) -> Result<SendingTurn, Unavailable> {
        heard!(self.0, Call::LoadTurn, Answer::Turn(turn) => Ok(*turn), else Err(Unavailable))
    }

    async fn save_turn(&self, turn: &SendingTurn) -> Result<bool, Unavailable> {
        heard!(self.0, Call::SaveTurn(Box::new(turn.clone())), Answer::AlarmSaved(saved) => Ok(saved), else Err(Unavailable))
    }
}

impl<L: Line> CheckOrder for Ports<L> {
    async fn is_usable(&self, no: OrderNo) -> Result<bool, Unavailable> {
        heard!(self.0, Call::CheckOrder(no), Answer::IsUsable(is_usable) => Ok(is_usable), else Err(Unavailable))
    }
}
