//! How often the histories met each errand, report, command, duty, hold, fault and crash point. An empty row means that
//! nothing was proved about it.

use std::fmt;

use till_domain::order::{Duty, HoldWord, RefundWord, Says};
use till_memory::CallKind;

use crate::act::{Act, Fate, Moved, Pay};
use crate::errand::ERRANDS;
use crate::providers::Mood;

const SAYS: &[&str] = &[
    "paid",
    "not paid",
    "processing",
    "failed",
    "closed for good",
    "closed without a promise",
    "unknown word",
    "refund unclear",
    "refund without balance",
    "refund processing",
    "refund abnormal",
    "refund succeeded",
    "refund failed",
    "back in all",
    "back, unclear how much",
    "dispute",
    "declined",
];

const DUTIES: &[&str] = &[
    "return",
    "send refund",
    "grant",
    "revoke",
    "alarm",
    "close",
    "ask",
    "ask refund",
    "remind",
    "expire",
    "last ask",
];

macro_rules! happenings {
    ($($name:ident = $row:literal,)*) => {
        /// Events outside the flows: each has a row of its own.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Happening {
            $($name,)*
        }

        const WORLD: &[&str] = &[$($row,)*];
    };
}

happenings! {
    PaidRight = "paid as asked",
    WrongAmount = "wrong amount",
    WrongAccount = "wrong account",
    Twin = "announced through another account",
    PaidLate = "paid late",
    ProcessingBegins = "processing begins",
    ProcessedPaid = "processing ends paid",
    ProcessedFailed = "processing ends failed",
    Declined = "a payment is declined",
    RefundSucceeds = "refund succeeds",
    RefundFails = "refund fails",
    RefundAbnormal = "refund abnormal",
    RefundUndone = "refund undone",
    Outside = "refund outside",
    DisputeOpens = "dispute opens",
    DisputeWon = "dispute won",
    DisputeLost = "dispute lost",
    Stranger = "stranger's money",
    Lost = "money of a lost order",
    UnknownAttempt = "unknown attempt's money",
    IndexLags = "index lags",
    Deletes = "store deletes",
    Refuses = "provider refuses",
    Unclear = "provider unclear",
    Strange = "provider strange",
    Poor = "provider poor",
    Outlived = "worker outlived",
    Repeated = "notice repeated",
    Restated = "upgrade worths restated",
    FromBundle = "upgrade from a bundle",
    FromSilentBundle = "upgrade from a bundle that states no worth",
    FromUpgradedBundle = "upgrade from a bundle that was one itself",
    Stated = "a payment is stated",
    StatedDenied = "a stated payment is denied",
    StatedDiffers = "a stated payment differs",
    StatedConfirmed = "a stated payment is confirmed",
    StatedGivenUp = "a stated payment is given up",
    Adopted = "an orphan joins an order",
}

const FATES: &[&str] = &["lost before", "lost after", "twice", "died before", "died after", "delayed"];

#[derive(Clone, Debug)]
pub struct Coverage {
    errands: Vec<[u64; 3]>,
    says: Vec<u64>,
    duties: Vec<u64>,
    holds: Vec<u64>,
    resolved: Vec<u64>,
    world: Vec<u64>,
    fates: Vec<[u64; 6]>,
    acts: u64,
    calls: u64,
}

impl Default for Coverage {
    fn default() -> Self {
        Self {
            errands: vec![[0; 3]; ERRANDS.len()],
            says: vec![0; SAYS.len()],
            duties: vec![0; DUTIES.len()],
            holds: vec![0; HoldWord::ALL.len()],
            resolved: vec![0; HoldWord::ALL.len()],
            world: vec![0; WORLD.len()],
            fates: vec![[0; 6]; CallKind::ALL.len()],
            acts: 0,
            calls: 0,
        }
    }
}

impl Coverage {
    #[must_use]
    pub const fn steps(&self) -> (u64, u64) {
        (self.acts, self.calls)
    }

    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.says, &other.says),
            (&mut self.duties, &other.duties),
            (&mut self.holds, &other.holds),
            (&mut self.resolved, &other.resolved),
            (&mut self.world, &other.world),
        ];
        for (mine, theirs) in pairs {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
        for (mine, theirs) in self.errands.iter_mut().flatten().zip(other.errands.iter().flatten()) {
            *mine += theirs;
        }
        for (mine, theirs) in self.fates.iter_mut().flatten().zip(other.fates.iter().flatten()) {
            *mine += theirs;
        }
        self.acts += other.acts;
        self.calls += other.calls;
    }

    #[must_use]
    pub fn rows(&self) -> Vec<(String, u64)> {
        let mut rows = Vec::new();
        for (errand, counts) in ERRANDS.iter().zip(&self.errands) {
            for (what, count) in ["began", "ended well", "ended badly"].iter().zip(counts) {
                rows.push((format!("{errand}: {what}"), *count));
            }
        }
        let mut list = |head: &str, names: &[&str], counts: &[u64]| {
            rows.extend(names.iter().zip(counts).map(|(name, count)| (format!("{head}: {name}"), *count)));
        };
        let holds: Vec<&str> = HoldWord::ALL.iter().map(|hold| hold.as_str()).collect();
        list("report", SAYS, &self.says);
        list("duty", DUTIES, &self.duties);
        list("hold", &holds, &self.holds);
        list("hold resolved", &holds, &self.resolved);
        list("world", WORLD, &self.world);
        for (kind, counts) in CallKind::ALL.iter().zip(&self.fates) {
            if kind.is_of_a_flow() {
                let named = FATES.iter().zip(counts).map(|(fate, n)| (format!("{}: {fate}", kind.as_str()), *n));
                rows.extend(named);
            }
        }
        rows
    }

    #[must_use]
    pub fn empty_rows(&self) -> Vec<String> {
        self.rows().into_iter().filter(|(_, count)| *count == 0).map(|(name, _)| name).collect()
    }

    pub(crate) fn act(&mut self, act: Act) {
        self.acts += 1;
        match act {
            Act::Pay(_, Pay::Right) => self.happens(Happening::PaidRight),
            Act::Pay(_, Pay::WrongAmount) => self.happens(Happening::WrongAmount),
            Act::Pay(_, Pay::WrongAccount) => self.happens(Happening::WrongAccount),
            Act::Twin(..) => self.happens(Happening::Twin),
            Act::Process(_) => self.happens(Happening::ProcessingBegins),
            Act::EndProcess(_, true) => self.happens(Happening::ProcessedPaid),
            Act::EndProcess(_, false) => self.happens(Happening::ProcessedFailed),
            Act::Decline(_) => self.happens(Happening::Declined),
            Act::MoveRefund(_, Moved::Succeeds) => self.happens(Happening::RefundSucceeds),
            Act::MoveRefund(_, Moved::Fails) => self.happens(Happening::RefundFails),
            Act::MoveRefund(_, Moved::IsAbnormal) => self.happens(Happening::RefundAbnormal),
            Act::MoveRefund(_, Moved::IsUndone) => self.happens(Happening::RefundUndone),
            Act::Outside(..) => self.happens(Happening::Outside),
            Act::Dispute(_) => self.happens(Happening::DisputeOpens),
            Act::EndDispute(_, true) => self.happens(Happening::DisputeWon),
            Act::EndDispute(_, false) => self.happens(Happening::DisputeLost),
            Act::Restate => self.happens(Happening::Restated),
            Act::Lost => self.happens(Happening::Lost),
            Act::Stranger(None) => self.happens(Happening::Stranger),
            Act::Stranger(Some(_)) => self.happens(Happening::UnknownAttempt),
            Act::Start(..) | Act::Step(..) | Act::Run(..) | Act::Pass(_) | Act::Tick | Act::Propagate | Act::Purge => {}
        }
    }

    pub(crate) fn happens(&mut self, what: Happening) {
        self.world[what as usize] += 1;
    }

    pub(crate) fn errand(&mut self, kind: usize, what: usize) {
        self.errands[kind][what] += 1;
    }

    pub(crate) fn call(&mut self, kind: CallKind, fate: Fate, delayed: bool) {
        self.calls += 1;
        let place = CallKind::ALL.iter().position(|known| *known == kind).unwrap_or(0);
        let fates = &mut self.fates[place];
        fates[5] += u64::from(delayed);
        match fate {
            Fate::Answered(Mood::Willing) => {}
            Fate::Answered(Mood::Refusing) => self.happens(Happening::Refuses),
            Fate::Answered(Mood::Unclear) => self.happens(Happening::Unclear),
            Fate::Answered(Mood::Strange) => self.happens(Happening::Strange),
            Fate::Answered(Mood::Poor) => self.happens(Happening::Poor),
            Fate::Before => fates[0] += 1,
            Fate::After => fates[1] += 1,
            Fate::Twice => fates[2] += 1,
            Fate::DieBefore => fates[3] += 1,
            Fate::DieAfter => fates[4] += 1,
        }
    }

    pub(crate) fn says(&mut self, says: &Says) {
        let place = match says {
            Says::Paid { .. } => 0,
            Says::NotPaid => 1,
            Says::Processing => 2,
            Says::Failed => 3,
            Says::Declined(_) => 16,
            Says::Closed { for_good: true } => 4,
            Says::Closed { for_good: false } => 5,
            Says::Unknown => 6,
            Says::Refund { word, .. } => match word {
                RefundWord::Unclear => 7,
                RefundWord::NoBalance => 8,
                RefundWord::Processing => 9,
                RefundWord::Abnormal => 10,
                RefundWord::Succeeded => 11,
                RefundWord::Failed => 12,
            },
            Says::BackInAll { .. } => 13,
            Says::BackUnclear { .. } => 14,
            Says::Dispute { .. } => 15,
        };
        self.says[place] += 1;
    }

    pub(crate) fn duty(&mut self, duty: Duty) {
        let place = match duty {
            Duty::Return(_) => 0,
            Duty::SendRefund(_) => 1,
            Duty::Grant => 2,
            Duty::Revoke => 3,
            Duty::Alarm => 4,
            Duty::Close(_) => 5,
            Duty::Ask(_) => 6,
            Duty::AskRefund(_) => 7,
            Duty::Remind => 8,
            Duty::Expire => 9,
            Duty::LastAsk(_) => 10,
        };
        self.duties[place] += 1;
    }

    pub(crate) fn hold(&mut self, word: HoldWord) {
        self.holds[word as usize] += 1;
    }

    pub(crate) fn resolved(&mut self, word: HoldWord) {
        self.resolved[word as usize] += 1;
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in self.rows() {
            writeln!(f, "{count:>14}  {name}")?;
        }
        Ok(())
    }
}
