//! What is said of an order: each situation is reached by a real history, and of no history is nothing or a contradiction said.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use till_domain::id::AttemptNo;
use till_domain::order::{Decision, Duty, HoldWord, May, Order, Situation, SituationWord as Word, Status, Topic};
use till_domain::time::{Seconds, Time};

use crate::cases;
use crate::samples::{Sample, situations};
use crate::world::{START, at, order, policies, steps};

#[test]
fn each_situation_is_reached_by_a_real_history() {
    let samples = situations();
    let words: Vec<Word> = samples.iter().map(|sample| sample.word).collect();
    assert_eq!(words.iter().copied().collect::<BTreeSet<_>>(), Word::ALL.into_iter().collect());
    assert_eq!(words.len(), Word::ALL.len(), "a situation has two samples");
    for Sample { word, order, now } in samples {
        let said: Vec<Word> = order.situations(now).into_iter().map(|situation| situation.word).collect();
        assert!(said.contains(&word), "{word}: {said:?}");
        let told = assert_told(&order, now);
        assert!(told.is_ok(), "{word}: {told:?}");
        let claimed = order.next_by_itself(now).map(|slot| slot.next);
        assert!(claimed == order.due_at() || order.due_at().is_none(), "{word}: {claimed:?}");
    }
}

#[test]
fn words_are_all_different() {
    let words: BTreeSet<&str> = Word::ALL.into_iter().map(Word::as_str).collect();
    assert_eq!(words.len(), Word::ALL.len());
}

/// The situation of a sample that it is a sample of.
fn situation_of(word: Word) -> (Situation, Time) {
    let sample = situations().into_iter().find(|sample| sample.word == word).unwrap();
    let all = sample.order.situations(sample.now);
    (all.into_iter().find(|situation| situation.word == word).unwrap(), sample.now)
}

#[test]
fn situation_tells_what_comes_next_and_when_and_how_often_it_was_tried() {
    let first = AttemptNo::FIRST;
    for (word, duty, minutes, tries) in [
        (Word::WaitingForBuyer, Duty::Ask(first), 1, 0),
        (Word::NotPaidYet, Duty::Ask(first), 4, 1),
        (Word::PaymentProcessing, Duty::Remind, 25, 0),
        (Word::ProcessingPastEnd, Duty::Ask(first), 60, 0),
        (Word::ExpiredClosing, Duty::Expire, 1, 1),
        (Word::GoodsOnTheWay, Duty::Grant, 1, 1),
        (Word::GoodsDelayed, Duty::Grant, 8, 4),
        (Word::TakingBack, Duty::Revoke, 1, 1),
        (Word::ClosingAttempt, Duty::Close(first), 1, 1),
        (Word::LastQuestion, Duty::LastAsk(first), 32, 0),
        (Word::ProviderSilent, Duty::Ask(first), 5, 1),
        (Word::ReturnRefused, Duty::Return(1), 60, 0),
        (Word::RefundRequested, Duty::SendRefund(0), 1, 1),
        (Word::RefundProcessing, Duty::AskRefund(0), 1, 0),
        (Word::RefundAbnormal, Duty::AskRefund(0), 24 * 60, 0),
        (Word::TeamNotTold, Duty::Alarm, 1, 1),
    ] {
        let (situation, now) = situation_of(word);
        let next = situation.next.map(|slot| (slot.duty, slot.next.since(now), slot.tries));
        assert_eq!(next, Some((duty, Seconds::minutes(minutes), tries)), "{word}");
    }
}

#[test]
fn situation_tells_what_is_held_and_which_decisions_fit() {
    for (word, hold, decisions) in [
        (Word::OddAmount, HoldWord::OddPayment, vec![Decision::Accept, Decision::Return]),
        (Word::OddCurrency, HoldWord::OddPayment, vec![Decision::Accept, Decision::Return]),
        (Word::OddAccount, HoldWord::OddPayment, vec![Decision::Accept, Decision::Return]),
        (Word::GoodsFailed, HoldWord::GrantFailed, vec![Decision::Clear]),
        (Word::TakingBackFailed, HoldWord::GrantFailed, vec![Decision::Clear]),
        (Word::ProviderUnreachable, HoldWord::UnreachableProvider, vec![Decision::Clear]),
        (Word::ReturnsFailed, HoldWord::RefundFailed, vec![Decision::Clear]),
        (Word::RefundUndone, HoldWord::RefundFailed, vec![Decision::Clear]),
        (Word::RefundUnclear, HoldWord::RefundUnclear, vec![Decision::Clear]),
        (Word::RefundNotAccepted, HoldWord::RefundAbnormal, vec![Decision::Clear]),
        (Word::RefundAbnormal, HoldWord::RefundAbnormal, vec![Decision::Clear]),
        (Word::RefundUnreachable, HoldWord::UnreachableProvider, vec![Decision::Clear]),
        (Word::DisputeOpen, HoldWord::Dispute, vec![Decision::Clear]),
    ] {
        let (situation, _) = situation_of(word);
        assert_eq!(situation.hold.map(|hold| hold.word), Some(hold), "{word}");
        assert_eq!(situation.decisions, decisions, "{word}");
    }
}

fn is_about_the_whole(word: Word) -> bool {
    word < Word::AnotherCodeOpen
}

/// Whether an order of this status can stand so.
fn fits(word: Word, status: Status) -> bool {
    match status {
        Status::Pending => word < Word::CancelledByBuyer,
        Status::Cancelled => (Word::CancelledByBuyer..Word::GoodsOnTheWay).contains(&word),
        Status::Paid => (Word::GoodsOnTheWay..Word::Refunded).contains(&word) && word != Word::SupersededReturned,
        Status::Refunded => [
            Word::TakingBack,
            Word::TakingBackFailed,
            Word::SupersededReturned,
            Word::Refunded,
            Word::RefundedUndelivered,
        ]
        .contains(&word),
    }
}

/// Words of which one at most is said of one thing. Silence is said beside any of them, and so is what is unclear or partly
/// back of a payment.
fn excludes_others(word: Word) -> bool {
    ![
        Word::ProviderSilent,
        Word::ProviderUnreachable,
        Word::RefundSilent,
        Word::RefundUnreachable,
        Word::RefundUnclear,
        Word::PartlyRefunded,
        Word::ReturnRefused,
        Word::ReturnHeld,
        Word::ReturnsFailed,
        Word::ReturnsGivenUp,
        Word::TeamNotTold,
        Word::NothingMore,
    ]
    .contains(&word)
}

fn assert_told(order: &Order, now: Time) -> Result<(), TestCaseError> {
    let all = order.situations(now);
    let whole: Vec<Word> = all.iter().map(|one| one.word).filter(|word| is_about_the_whole(*word)).collect();
    prop_assert!(whole.len() == 1 && all.first().is_some_and(|first| first.word == whole[0]), "{:?}", all);
    prop_assert!(fits(whole[0], order.status()), "{} of {}", whole[0], order.status());
    let mut told = BTreeSet::new();
    let mut words: BTreeMap<Topic, Vec<Word>> = BTreeMap::new();
    for one in &all {
        prop_assert!(told.insert((one.word, one.about)), "{} is said twice", one.word);
        if excludes_others(one.word) {
            words.entry(one.about).or_default().push(one.word);
        }
        prop_assert!(one.next.is_none_or(|slot| slot.owed && order.owes(slot.duty)), "{:?}", one);
        prop_assert_eq!(one.hold.is_none(), one.decisions.is_empty(), "{:?}", one);
    }
    prop_assert!(words.values().all(|words| words.len() == 1), "they contradict each other: {:?}", words);
    let mut held: Vec<_> = all.iter().filter_map(|one| one.hold).collect();
    let mut holds = order.holds();
    held.sort_unstable();
    holds.sort_unstable();
    prop_assert_eq!(held, holds, "each hold is told once");
    let next = all.iter().filter_map(|one| one.next).map(|slot| slot.next).min();
    prop_assert_eq!(next, order.next_by_itself(now).map(|slot| slot.next), "the next thing is told: {:?}", all);
    let rests = next.is_none() && order.holds().is_empty() && all.iter().all(|one| !one.word.asks_for_a_person());
    prop_assert_eq!(rests, all.iter().any(|one| one.word == Word::NothingMore));
    Ok(())
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn every_order_is_explained_without_contradiction_at_every_step(
        policy in policies(),
        second_ends: bool,
        history in prop::collection::vec((steps(), 0..3_000_u32, any::<bool>()), 0..40),
    ) {
        let mut order = order(policy, second_ends);
        let mut now = at(START);
        for (step, later, claims) in history {
            now = now.plus(Seconds(later));
            // What is refused is refused.
            drop(step.take(&mut order, now));
            assert_told(&order, now)?;
            if claims {
                order.claim(now, May::All);
                assert_told(&order, now)?;
                let next = order.situations(now).iter().filter_map(|one| one.next).map(|slot| slot.next).min();
                prop_assert_eq!(next, order.due_at(), "what is told next is when the sweep looks again");
            }
        }
    }
}
