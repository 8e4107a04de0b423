//! What is said of orders: each situation, duty and decision in both languages, filled in, as docs/why.md has them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use till_domain::language::Language;
use till_domain::order::{Decision, HoldWord, SituationWord};
use till_domain::text::TradeNo;
use till_lambda::why::{ADVICE, DECISIONS, NEXT, PLACEHOLDERS, SITUATIONS, Said, TRIES, Text, duty_word, sentences};
use till_memory::situations::{Sample, situations};

fn said_of(word: SituationWord, language: Language) -> Said {
    let Sample { order, now, .. } = situations().into_iter().find(|sample| sample.word == word).unwrap();
    let all = sentences(&order, now, language);
    all.into_iter().find(|said| said.situation == word.as_str()).unwrap()
}

fn all_texts() -> Vec<(String, Text)> {
    let situations = SITUATIONS.iter().map(|(word, text)| (word.to_string(), *text));
    let advice = ADVICE.iter().map(|(word, text)| (word.to_string(), *text));
    let next = NEXT.iter().map(|(word, text)| ((*word).to_owned(), *text));
    let decisions = DECISIONS.iter().map(|((hold, decision), text)| (name_of(*hold, *decision), *text));
    situations.chain(advice).chain(next).chain(decisions).chain([("tries".to_owned(), TRIES)]).collect()
}

fn name_of(hold: HoldWord, decision: Decision) -> String {
    format!("{hold}, {}", decision.as_str())
}

#[test]
fn every_situation_has_one_sentence() {
    let words: Vec<SituationWord> = SITUATIONS.iter().map(|(word, _)| *word).collect();
    assert_eq!(words, SituationWord::ALL, "the sentences stand in the order of the words");
}

#[test]
fn every_duty_and_decision_that_comes_up_has_a_sentence() {
    for Sample { word, order, now } in situations() {
        for situation in order.situations(now) {
            if let Some(slot) = situation.next {
                assert!(NEXT.iter().any(|(duty, _)| *duty == duty_word(slot.duty)), "{word}: {:?}", slot.duty);
            }
            for decision in situation.decisions {
                let of = (situation.hold.unwrap().word, decision);
                assert!(DECISIONS.iter().any(|(known, _)| *known == of), "{word}: {of:?}");
            }
        }
    }
    let held: BTreeSet<HoldWord> = DECISIONS.iter().map(|((hold, _), _)| *hold).collect();
    assert_eq!(held, HoldWord::ALL.into_iter().collect());
}

#[test]
fn texts_use_known_placeholders_and_the_same_in_both_languages() {
    let names = |text: &'static str| -> BTreeSet<&'static str> {
        text.split('{').skip(1).map(|rest| rest.split_once('}').expect("it is closed").0).collect()
    };
    for (word, Text { chinese, english }) in all_texts() {
        assert_eq!(names(chinese), names(english), "{word}");
        assert!(names(chinese).iter().all(|name| PLACEHOLDERS.contains(name)), "{word}: {chinese}");
        assert!(!chinese.is_empty() && !english.is_empty(), "{word}");
    }
    let used: BTreeSet<&str> = all_texts().into_iter().flat_map(|(_, text)| names(text.chinese)).collect();
    assert_eq!(used, PLACEHOLDERS.iter().copied().collect());
}

#[test]
fn sentences_are_filled_in_and_tell_no_secret() {
    for Sample { word, order, now } in situations() {
        for language in Language::ALL {
            for said in sentences(&order, now, language) {
                let next = said.next.as_ref().map(|next| next.sentence.clone());
                for sentence in [Some(said.sentence.clone()), next, said.advice.clone()].into_iter().flatten() {
                    let is_filled = !sentence.contains(['{', '}']) && !sentence.contains("  ");
                    assert!(is_filled && sentence.len() > 10, "{word}: {sentence}");
                    let gaps = ["“”", "（）", "()", " ,", " .", "：。", " 。"];
                    assert!(gaps.iter().all(|gap| !sentence.contains(gap)), "{word}: {sentence}");
                }
                assert_eq!(said.hold.is_none(), said.decisions.is_empty(), "{word}");
                assert!(said.hold.is_none() || said.advice.is_some(), "{word}: what is held needs advice");
            }
        }
    }
}

#[test]
fn waiting_order_tells_amount_provider_end_and_next_question() {
    let chinese = said_of(SituationWord::NotPaidYet, Language::Chinese);
    assert_eq!(
        chinese.sentence,
        "买家尚未付款：已向支付宝查询，目前没有收到付款；应付 99.00 元，请在北京时间 2025 年 1 月 1 日 08:30 之前完成。"
    );
    let next = chinese.next.expect("it is asked again");
    assert_eq!(
        (next.duty, next.tries, next.sentence.as_str()),
        ("ask", 1, "系统将于北京时间 2025 年 1 月 1 日 08:06 向支付宝查询付款结果。（已尝试 1 次）")
    );
    let english = said_of(SituationWord::NotPaidYet, Language::English);
    assert_eq!(
        english.next.expect("it is asked again").sentence,
        "At 08:06 on 1 January 2025, China time (UTC+8), Alipay is asked for the result. (Tries so far: 1.)"
    );
    assert!(english.advice.expect("something can be done").contains("number of the payment at Alipay"));
}

#[test]
fn held_payment_tells_both_decisions_and_its_number() {
    let said = said_of(SituationWord::OddAmount, Language::English);
    assert_eq!(said.about.as_deref(), Some(TradeNo::parse("A").unwrap().as_str()));
    assert_eq!((said.hold, said.decisions), (Some("odd_payment"), vec!["accept", "return"]));
    assert_eq!(said.sentence, "CNY 1.00 arrived instead of CNY 99.00; a person must decide what becomes of it.");
    let advice = said.advice.expect("a person must act");
    assert!(advice.contains("accept it") && advice.contains("return it"), "{advice}");
}

#[test]
fn nobody_in_review_is_led_to_pay_again() {
    let Sample { order, now, .. } =
        situations().into_iter().find(|sample| sample.word == SituationWord::PaymentInReview).unwrap();
    let all = sentences(&order, now, Language::English);
    let open = all.iter().find(|said| said.situation == "another_code_open").expect("its code is still open");
    assert_eq!(open.advice, None);
}

#[test]
fn answer_leaves_out_what_there_is_not() {
    let said = said_of(SituationWord::NothingMore, Language::English);
    let json = serde_json::to_value(&said).unwrap();
    let names: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(names, ["sentence", "situation"]);
}

/// So that the page never tells something else than the program.
#[test]
fn page_has_every_sentence_and_no_other() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/why.md")).unwrap();
    let theirs: BTreeSet<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let ours: BTreeSet<String> = all_texts()
        .into_iter()
        .map(|(word, Text { chinese, english })| format!("| `{word}` | {chinese} | {english} |"))
        .collect();
    let missing: Vec<&String> = ours.iter().filter(|row| !theirs.contains(row.as_str())).collect();
    assert!(
        missing.is_empty(),
        "docs/why.md lacks:\n{}",
        missing.iter().fold(String::new(), |all, row| all + row + "\n")
    );
    let unknown: Vec<&&str> = theirs.iter().filter(|row| !ours.contains(**row)).collect();
    assert!(unknown.is_empty(), "docs/why.md tells what no order says: {unknown:?}");
}
