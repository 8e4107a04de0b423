//! Why an order is as it is: for what a shop meets every day, the words that the team reads over HTTP, and each sentence as docs/why.md
//! has it, in Chinese and in English.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, eventually, text, unique};
use super::{Journey, journeys};

const DOCUMENT: &str = include_str!("../../../../docs/why.md");
const LANGUAGES: [&str; 2] = ["zh", "en"];
/// Said until the next sweep has told the team, whatever the matter is.
const BY_THE_WAY: &str = "team_not_told";

pub fn all() -> Vec<Journey> {
    journeys!("whys":
        open_order_waits_for_its_buyer,
        declined_and_slow_payments_are_told_apart,
        wrong_amount_waits_for_a_decision,
        silence_of_a_provider_is_said,
        cancelled_order_says_by_whom,
        paid_order_says_where_its_goods_are,
        refund_is_followed_to_its_end,
        disputed_payment_is_said,
        late_payment_is_said,
        second_payment_goes_back,
        upgrade_that_has_lapsed_goes_back,
    )
}

/// A person of the team who looks at the orders of a scene.
struct Desk {
    scene: Scene,
    admin: Caller,
    sentences: BTreeMap<&'static str, [&'static str; 2]>,
}

impl Desk {
    async fn new(stack: Stack) -> Outcome<Self> {
        let scene = Scene::new(stack).await?;
        let admin = Caller::admin(&scene.stack).await?;
        Ok(Self { scene, admin, sentences: documented() })
    }

    async fn why(&self, no: &str, language: &str) -> Outcome<Vec<Value>> {
        let headers = [("accept-language", language)];
        let order =
            self.admin.admin_call("GET", &format!("/orders/{no}"), None, &headers).await?.expect(200)?.json()?;
        let why = order["why"].as_array().ok_or_else(|| format!("no why in {order}"))?;
        Ok(why.iter().filter(|said| said["situation"] != BY_THE_WAY).cloned().collect())
    }

    /// Waits until these are an order's words, and reads their sentences in both languages.
    async fn says(&self, no: &str, expected: &[&str]) -> Outcome<Vec<Value>> {
        self.says_after(no, expected, async || Ok(())).await
    }

    /// The same with a sweep before each look.
    async fn says_after_sweeps(&self, no: &str, expected: &[&str]) -> Outcome<Vec<Value>> {
        self.says_after(no, expected, async || self.scene.emulator.sweep().await.map(drop)).await
    }

    async fn says_after(&self, no: &str, expected: &[&str], before: impl AsyncFn() -> Outcome) -> Outcome<Vec<Value>> {
        let what = format!("{no} says {expected:?}");
        eventually(&what, Duration::from_millis(200), async || {
            before().await?;
            let why = self.why(no, "en").await?;
            let words: Vec<&str> = why.iter().filter_map(|said| said["situation"].as_str()).collect();
            Ok(if words == expected { Ok(()) } else { Err(format!("{why:?}")) })
        })
        .await?;
        for (at, language) in LANGUAGES.iter().enumerate() {
            for said in self.why(no, language).await? {
                self.is_as_documented(&said, at)?;
            }
        }
        self.why(no, "en").await
    }

    fn is_as_documented(&self, said: &Value, language: usize) -> Outcome {
        let sentence = |word: &str| self.sentences.get(word).and_then(|both| both.get(language)).copied();
        let known = |word: &str| sentence(word).ok_or_else(|| format!("docs/why.md has no row of {word}"));
        let word = text(said, "situation")?;
        fits(&[known(word)?], text(said, "sentence")?)?;
        if let Some(next) = said["next"].as_object() {
            let duty = next["duty"].as_str().ok_or("a next step without a duty")?;
            let mut texts = vec![known(duty)?];
            if next["tries"] != 0 {
                texts.push(known("tries")?);
            }
            fits(&texts, next["sentence"].as_str().unwrap_or_default())?;
        }
        let decisions = said["decisions"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let rows: Vec<String> =
            decisions.map(|decision| format!("{}, {decision}", said["hold"].as_str().unwrap_or_default())).collect();
        if !rows.is_empty() {
            let texts: Vec<&str> = rows.iter().map(|row| known(row)).collect::<Outcome<_>>()?;
            fits(&texts, text(said, "advice")?)?;
        }
        Ok(())
    }

    async fn apply(&self, no: &str, remedy: &str, body: &Value) -> Outcome {
        self.admin.remedy(&format!("/orders/{no}/{remedy}"), body, &unique(remedy)).await?.expect(200).map(drop)
    }
}

/// The sentences of each word, Chinese and English. A word's first row says how an order stands; what a person can do comes later.
fn documented() -> BTreeMap<&'static str, [&'static str; 2]> {
    let mut all = BTreeMap::new();
    for line in DOCUMENT.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, word, zh, en, _] = cells[..]
            && let Some(word) = word.strip_prefix('`').and_then(|word| word.strip_suffix('`'))
        {
            all.entry(word).or_insert([zh, en]);
        }
    }
    all
}

/// Whether a sentence is these texts one after the other, with something in the place of each `{…}`.
fn fits(texts: &[&str], sentence: &str) -> Outcome {
    let wrong = || format!("`{sentence}` is not as docs/why.md has it: {texts:?}");
    let pieces = texts.iter().flat_map(|text| text.split('{').map(after_name)).collect::<Vec<_>>();
    let [first, others @ ..] = pieces.as_slice() else { return Err(wrong()) };
    let mut rest = sentence.strip_prefix(*first).ok_or_else(wrong)?;
    for piece in others {
        rest = rest.split_once(*piece).ok_or_else(wrong)?.1;
    }
    let end = pieces.last().copied().unwrap_or_default();
    let is_whole = if others.is_empty() { rest.is_empty() } else { sentence.ends_with(end) };
    ensure(is_whole && !sentence.contains('{'), wrong)
}

/// What stands behind `name}`, or a text without such an end.
fn after_name(part: &str) -> &str {
    part.split_once('}').map_or(part, |(_, after)| after)
}

async fn open_order_waits_for_its_buyer(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let (no, _) = desk.scene.order("wechat").await?;
    let why = desk.says(&no, &["waiting_for_buyer"]).await?;
    same("what comes next", &why[0]["next"]["duty"], &json!("ask"))?;
    same("the number of the attempt", &why[0]["about"], &json!(no))?;
    desk.scene.emulator.age(&no, 6 * 60).await?;
    desk.says_after_sweeps(&no, &["not_paid_yet"]).await?;
    // The first code stays open, because its provider does not answer when it is to be closed.
    desk.scene.sandbox.arm(&no, "answer_500").await?;
    let wish = json!({"order_no": no, "payment_method": "alipay"});
    desk.scene.buyer.post("/retry-payment", &wish).await?.expect(200)?;
    let why = desk.says(&no, &["waiting_for_buyer", "another_code_open", "provider_silent"]).await?;
    let about: Vec<&Value> = why.iter().map(|said| &said["about"]).collect();
    same("the numbers of the attempts", &about, &vec![&json!(format!("{no}_2")), &json!(no), &json!(no)])
}

async fn declined_and_slow_payments_are_told_apart(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    for (act, word) in [("fail", "declined"), ("process", "payment_processing")] {
        let (no, _) = desk.scene.order("stripe").await?;
        desk.scene.sandbox.act(&no, act).await?;
        desk.says(&no, &[word]).await?;
    }
    Ok(())
}

async fn wrong_amount_waits_for_a_decision(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let (no, _) = desk.scene.order("alipay").await?;
    desk.scene.sandbox.act(&no, "pay_wrong_amount").await?;
    let why = desk.says(&no, &["payment_in_review", "odd_amount"]).await?;
    same("the decisions", &why[1]["decisions"], &json!(["accept", "return"]))?;
    let accept = json!({"hold": "odd_payment", "decision": "accept", "reason": "close enough"});
    desk.apply(&no, "resolve", &accept).await?;
    desk.says(&no, &["granted", "odd_accepted", "nothing_more"]).await.map(drop)
}

async fn silence_of_a_provider_is_said(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let (no, _) = desk.scene.order("wechat").await?;
    desk.scene.sandbox.arm(&no, "answer_500").await?;
    desk.scene.buyer.get(&format!("/order-status?order_no={no}&refresh=1")).await?;
    desk.says(&no, &["waiting_for_buyer", "provider_silent"]).await.map(drop)
}

async fn cancelled_order_says_by_whom(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let scene = &desk.scene;
    let (no, _) = scene.order("wechat").await?;
    scene.buyer.post("/cancel-order", &json!({"order_no": no})).await?.expect(200)?;
    desk.says(&no, &["cancelled_by_buyer", "nothing_more"]).await?;
    let (no, _) = scene.order("wechat").await?;
    desk.apply(&no, "cancel", &json!({"reason": "ordered by mistake"})).await?;
    desk.says(&no, &["cancelled_by_team", "nothing_more"]).await?;
    // Alipay does not know a code before it is scanned, and so cannot promise that nobody pays by it.
    let (no, _) = scene.order("alipay").await?;
    scene.buyer.post("/cancel-order", &json!({"order_no": no})).await?.expect(200)?;
    let why = desk.says(&no, &["cancelled_by_buyer", "last_question"]).await?;
    same("what comes next", &why[1]["next"]["duty"], &json!("last_ask"))?;
    let (no, _) = scene.order("wechat").await?;
    scene.emulator.age(&no, 31 * 60).await?;
    desk.says_after_sweeps(&no, &["expired", "nothing_more"]).await.map(drop)
}

async fn paid_order_says_where_its_goods_are(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let no = desk.scene.granted("wechat").await?;
    desk.says(&no, &["granted", "nothing_more"]).await.map(drop)
}

async fn refund_is_followed_to_its_end(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let no = desk.scene.granted("wechat").await?;
    desk.scene.sandbox.arm(&no, "refund_later").await?;
    desk.apply(&no, "refund", &json!({"amount": "1.00", "reason": "late"})).await?;
    let why = desk.says(&no, &["granted", "refund_processing"]).await?;
    same("what comes next", &why[1]["next"]["duty"], &json!("ask_refund"))?;
    desk.scene.sandbox.act(&no, "finish_refund").await?;
    desk.says(&no, &["granted", "partly_refunded", "nothing_more"]).await?;
    desk.apply(&no, "refund", &json!({"reason": "all of it"})).await?;
    desk.says_after_sweeps(&no, &["refunded", "nothing_more"]).await.map(drop)
}

async fn disputed_payment_is_said(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    for (act, words) in [
        ("win_dispute", ["granted", "dispute_won", "nothing_more"]),
        ("lose_dispute", ["refunded", "dispute_lost", "nothing_more"]),
    ] {
        let no = desk.scene.granted("stripe").await?;
        desk.scene.sandbox.act(&no, "open_dispute").await?;
        desk.says(&no, &["granted", "dispute_open"]).await?;
        desk.scene.sandbox.act(&no, act).await?;
        desk.says(&no, &words).await?;
    }
    Ok(())
}

async fn late_payment_is_said(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let (no, _) = desk.scene.order("wechat").await?;
    desk.scene.buyer.post("/cancel-order", &json!({"order_no": no})).await?.expect(200)?;
    desk.scene.sandbox.act(&no, "pay_late").await?;
    desk.says(&no, &["granted", "paid_late", "nothing_more"]).await.map(drop)
}

async fn second_payment_goes_back(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let no = desk.scene.granted("wechat").await?;
    desk.scene.sandbox.act(&no, "pay_again").await?;
    desk.says_after_sweeps(&no, &["granted", "paid_twice_returned", "nothing_more"]).await.map(drop)
}

/// The membership that the upgrade replaces is refunded before the upgrade is paid.
async fn upgrade_that_has_lapsed_goes_back(stack: Stack) -> Outcome {
    let desk = Desk::new(stack).await?;
    let buyer = &desk.scene.buyer;
    let base = buyer.order("membership", 1, "wechat").await?;
    let base = text(&base, "order_no")?;
    desk.scene.sandbox.pay(base).await?;
    desk.scene.until(base, "fulfilment", "granted").await?;
    let wish = json!({"product_type": "membership", "product_id": 2, "payment_method": "wechat", "is_upgrade": true});
    let upgrade = buyer.post("/create-order", &wish).await?.expect(200)?.json()?;
    let no = text(&upgrade, "order_no")?;
    desk.admin.refund(base, &unique("refund")).await?;
    desk.scene.until(base, "fulfilment", "revoked").await?;
    desk.scene.sandbox.pay(no).await?;
    desk.says_after_sweeps(no, &["superseded_returned", "nothing_more"]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_has_the_sentences_and_a_wrong_one_is_noticed() {
        let all = documented();
        assert!(all.len() > 90, "{}", all.len());
        let text = all["waiting_for_buyer"][1];
        assert!(text.starts_with("The buyer has not paid yet"), "the first row of a word counts: {text}");
        let good = "The buyer has not paid yet: WeChat Pay's QR code was shown for CNY 9.90, to be paid before 10:00.";
        assert!(fits(&[text], good).is_ok());
        for wrong in [
            "",
            "The buyer has not paid yet",
            "The buyer has not paid yet: {provider}'s x was shown for y, to be paid before z.",
        ] {
            assert!(fits(&[text], wrong).is_err(), "{wrong}");
        }
        assert!(fits(&[text], &format!("{good} And more")).is_err());
        assert!(
            fits(&[all["ask"][1], all["tries"][1]], "At 10:00, WeChat Pay is asked for the result. (Tries so far: 2.)")
                .is_ok()
        );
    }
}
