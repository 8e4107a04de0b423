//! The program `till` against the running stack, as a person of the team calls it: orders, users, and what needs a decision. Every
//! call is looked through for the stage's keys.

use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::http::send;
use till_journeys::program::{Ended, NAME, Program};
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, eventually, text};
use super::{Journey, journeys};

/// The exit codes of docs/till.md.
pub const USAGE: i32 = 2;
pub const NOT_FOUND: i32 = 3;
pub const REFUSED: i32 = 4;
pub const NOT_ALLOWED: i32 = 5;
pub const AGAIN: i32 = 6;
pub const NOT_CONFIRMED: i32 = 7;

pub fn all() -> Vec<Journey> {
    journeys!("programs":
        order_is_listed_shown_and_explained,
        refund_is_shown_first_and_made_once,
        remedies_end_as_the_rules_say,
        held_and_orphaned_money_is_listed_and_decided,
        wallet_is_changed_by_hand,
        days_and_state_of_the_stage_are_shown,
        program_without_access_says_what_is_missing,
    )
}

/// A person of the team at a terminal, beside the buyer of a scene.
pub struct Terminal {
    pub scene: Scene,
    pub till: Program,
}

impl Terminal {
    pub async fn new(stack: Stack) -> Outcome<Self> {
        let till = Program::of(&stack).await?;
        Ok(Self { scene: Scene::new(stack).await?, till })
    }

    /// Calls until the result has this text: the lists come from indexes, which may be a moment behind.
    async fn shows_soon(&self, line: &str, wanted: &str) -> Outcome<Ended> {
        eventually(&format!("till {line} shows {wanted}"), Duration::from_millis(200), async || {
            let ended = self.till.says(line)?.expect(0)?;
            Ok(if ended.out.contains(wanted) { Ok(ended) } else { Err(format!("{}{}", ended.out, ended.notes)) })
        })
        .await
    }

    /// A remedy of an order, with a reason and without a question.
    fn remedy(&self, word: &str, no: &str, more: &str) -> Outcome<Ended> {
        self.till.says(&format!("order {word} {no} --reason journey --yes {more}"))
    }
}

/// The key that a change was sent under.
fn key_of(ended: &Ended) -> Outcome<String> {
    let line = ended.notes.lines().find_map(|line| line.strip_prefix("Idempotency-Key: "));
    line.map(str::to_owned).ok_or_else(|| format!("no key in {}", ended.notes))
}

async fn order_is_listed_shown_and_explained(stack: Stack) -> Outcome {
    let terminal = Terminal::new(stack).await?;
    let (till, user) = (&terminal.till, terminal.scene.buyer.user.clone());
    let no = terminal.scene.granted("wechat").await?;
    let listed = terminal.shows_soon(&format!("orders --user {user}"), &no).await?;
    listed.shows(&["ORDER", "paid", "granted", "CNY 9.90", "wechat_native", &user])?;
    let small = no.to_ascii_lowercase();
    terminal.shows_soon(&format!("orders --q {small}"), &no).await?;
    let page = till
        .says(&format!("orders --user {user} --status paid --provider wechat --limit 5 --json"))?
        .expect(0)?
        .json()?;
    same("the order of the page", &page["orders"][0]["order_no"], &json!(no))?;
    let none =
        till.says(&format!("orders --user {user} --status refunded"))?.expect(0)?.notes(&["there is no such order"])?;
    same("a result of nothing", &none.out.as_str(), &"")?;
    let file = till.says(&format!("orders --user {user} --csv"))?.expect(0)?.shows(&[&no])?;
    ensure(file.out.starts_with("\u{feff}\"order_no\""), || format!("no file for spreadsheets: {}", file.out))?;

    let shown = till.says(&format!("order show {no}"))?.expect(0)?;
    let shown =
        shown.shows(&["status     paid, goods: granted", "ATTEMPTS", "PAYMENTS", "TIMELINE", "WALLET", "+08:00"])?;
    ensure(!shown.out.contains("REFUNDS"), || format!("it has no refund: {}", shown.out))?;
    let whole = till.says(&format!("order show {no} --json"))?.expect(0)?.json()?;
    same("whose it is", &whole["user_id"], &json!(user))?;
    for (language, sentence) in [("en", "and “100 积分” was delivered."), ("zh", "“100 积分”已发放。")]
    {
        let why =
            till.says(&format!("order why {no} --lang {language}"))?.expect(0)?.shows(&["CNY 9.90, paid", sentence])?;
        ensure(why.out.contains(&no), || format!("it names no order: {}", why.out))?;
    }
    let why = till.says(&format!("order why {no} --json"))?.expect(0)?.json()?;
    same("why", &why["why"][0]["situation"], &json!("granted"))?;

    till.says("order show ORD20250101120000AAAAAAAA")?.expect(NOT_FOUND)?.notes(&[
        "till: order_not_found: ",
        "(request ",
        "till orders --q",
    ])?;
    till.says("orders --status lost")?.expect(REFUSED)?.notes(&["invalid_field: "])?;
    till.says("order why 17")?.expect(USAGE)?.notes(&["an order number is ORD"]).map(drop)
}

async fn refund_is_shown_first_and_made_once(stack: Stack) -> Outcome {
    let terminal = Terminal::new(stack).await?;
    let (till, no) = (&terminal.till, terminal.scene.granted("wechat").await?);
    let plan = ["CNY 1.00 goes back to the buyer, of CNY 9.90", "CNY 8.90 stays", "the goods stay"];
    // A script has no terminal, and a person's answer is not read from a pipe.
    let asked = till.run_with_input(&["order", "refund", &no, "--amount", "1.00", "--reason", "late"], "y\n")?;
    asked.expect(NOT_CONFIRMED)?.notes(&plan)?.notes(&["nothing was changed", "--yes"])?;
    same("what is back", &terminal.scene.buyer.status(&no).await?["refunded_amount"], &json!(0.0))?;

    let made =
        terminal.remedy("refund", &no, "--amount 1.00")?.expect(0)?.notes(&plan)?.shows(&[": CNY 1.00, ", "done: "])?;
    let key = key_of(&made)?;
    let again = terminal.remedy("refund", &no, &format!("--amount 1.00 --key {key}"))?.expect(0)?;
    same(
        "the refund of the repetition",
        &again.out.lines().next().map(refund_no),
        &made.out.lines().next().map(refund_no),
    )?;
    let other = terminal.remedy("refund", &no, &format!("--amount 2.00 --key {key}"))?.expect(REFUSED)?;
    other.notes(&["idempotency_conflict: ", "leave --key out"])?;
    let whole = till.says(&format!("order show {no} --json"))?.expect(0)?.json()?;
    same("the refunds", &whole["refunds"].as_array().map(Vec::len), &Some(1))?;

    terminal
        .remedy("refund", &no, "--amount 8.91")?
        .expect(REFUSED)?
        .notes(&["is more than the CNY 8.90 that is left"])?;
    terminal.remedy("refund", &no, "--amount 1.001")?.expect(USAGE)?;
    let rest = till.says(&format!("order refund {no} --reason rest --yes --json"))?.expect(0)?.json()?;
    same("the rest", &rest["amount"], &json!(8.9))?;
    terminal.scene.until(&no, "fulfilment", "revoked").await?;
    till.says(&format!("order why {no}"))?.expect(0)?.shows(&["All of CNY 9.90 is back"])?;
    terminal.remedy("refund", &no, "")?.expect(REFUSED)?.notes(&["nothing goes back"]).map(drop)
}

/// Of a line such as `refund ORD…R1: CNY 1.00, requested`.
fn refund_no(line: &str) -> &str {
    line.split(':').next().unwrap_or_default()
}

async fn remedies_end_as_the_rules_say(stack: Stack) -> Outcome {
    let terminal = Terminal::new(stack).await?;
    let scene = &terminal.scene;
    let (no, _) = scene.order("wechat").await?;
    terminal.remedy("cancel", &no, "")?.expect(0)?.notes(&["no money moves"])?.shows(&["done: ", "cancelled"])?;

    let (no, order) = scene.order("wechat").await?;
    terminal.remedy("complete", &no, "")?.expect(REFUSED)?.notes(&["provider_denies: "])?;
    let stated = format!("--trade-no T-{no} --amount {} --evidence seen", order["amount"]);
    terminal
        .remedy("complete", &no, &stated)?
        .expect(REFUSED)?
        .notes(&["counts as paid by your word", "provider_denies: "])?;
    scene.sandbox.arm(&no, "lose_callback").await?;
    scene.sandbox.pay(&no).await?;
    terminal.remedy("complete", &no, "")?.expect(0)?.notes(&["its providers are asked first"])?.shows(&["paid"])?;
    scene.until(&no, "fulfilment", "granted").await?;
    terminal.remedy("cancel", &no, "")?.expect(REFUSED)?.notes(&["already_paid: "])?;
    terminal.remedy("regrant", &no, "")?.expect(REFUSED)?.notes(&["not_due: "])?;

    let records = terminal.till.says(&format!("audit --order {no}"))?.expect(0)?;
    records.shows(&["CAUSE", "command", NAME, "admin"])?;
    terminal.shows_soon(&format!("audit --by {NAME}"), &no).await.map(drop)
}

async fn held_and_orphaned_money_is_listed_and_decided(stack: Stack) -> Outcome {
    let terminal = Terminal::new(stack).await?;
    let (scene, till) = (&terminal.scene, &terminal.till);
    let (no, _) = scene.order("alipay").await?;
    scene.sandbox.act(&no, "pay_wrong_amount").await?;
    eventually("the order is among the held ones", Duration::from_millis(200), async || {
        let pages = pages_of(till, "holds", "orders")?;
        Ok(pages
            .iter()
            .any(|order| order["order_no"] == no.as_str())
            .then_some(())
            .ok_or_else(|| "it is not".to_owned()))
    })
    .await?;
    till.says("holds")?.expect(0)?.shows(&["odd_payment [", ": accept, return"])?;
    let why = till.says(&format!("order why {no}"))?.expect(0)?;
    why.shows(&["CNY 9.89 arrived instead of CNY 9.90", "held: odd_payment: accept, return", "to do: "])?;
    let wrong = terminal.remedy("resolve", &no, "--hold odd_payment --decision clear")?.expect(REFUSED)?;
    wrong.notes(&["what fits it now: accept, return"])?;
    let effect = "odd_payment, accept: CNY 9.89 counts as the payment of this order over CNY 9.90";
    terminal.remedy("resolve", &no, "--hold odd_payment --decision accept")?.expect(0)?.notes(&[effect])?;
    scene.until(&no, "fulfilment", "granted").await?;

    let (gone, _) = scene.order("wechat").await?;
    scene.emulator.delete(&format!("ORDER#{gone}"), "ORDER").await?;
    scene.sandbox.pay(&gone).await?;
    let trade_no = eventually("the payment without an order is listed", Duration::from_millis(200), async || {
        let orphans = pages_of(till, "orphans --provider wechat", "orphans")?;
        let found = orphans.iter().find(|orphan| orphan["number"] == gone.as_str());
        Ok(found
            .and_then(|orphan| orphan["trade_no"].as_str())
            .map(str::to_owned)
            .ok_or_else(|| "it is not".to_owned()))
    })
    .await?;
    let (meant, _) = scene.order("wechat").await?;
    let settle = format!("orphans settle wechat {trade_no} --order {meant} --reason journey --yes");
    let settled = till.says(&settle)?.expect(0)?;
    settled
        .notes(&[&format!("CNY 9.90 (wechat {trade_no}) becomes its payment, and its goods are delivered")])?
        .shows(&["paid"])?;
    scene.until(&meant, "fulfilment", "granted").await?;
    let (other, _) = scene.order("wechat").await?;
    let again = till.says(&settle.replace(&meant, &other))?.expect(REFUSED)?;
    again.notes(&["orphan_settled: "])?;

    let forged = b"out_trade_no=1&trade_status=TRADE_SUCCESS&sign=AAAA&sign_type=RSA2";
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    send("POST", &scene.stack.api("/alipay/callback")?, &kind, forged).await?;
    terminal.shows_soon("rejected", "alipay").await?.shows(&["REASON", "SHA-256"]).map(drop)
}

/// The rows of all pages of a list.
fn pages_of(till: &Program, line: &str, field: &str) -> Outcome<Vec<Value>> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = till.says(&format!("{line} --json{cursor}"))?.expect(0)?.json()?;
        rows.extend(page[field].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => cursor = format!(" --cursor {next}"),
            None => return Ok(rows),
        }
    }
}

async fn wallet_is_changed_by_hand(stack: Stack) -> Outcome {
    let terminal = Terminal::new(stack).await?;
    let (till, user) = (&terminal.till, &terminal.scene.buyer.user);
    let change = |words: &str| till.says(&format!("users {words} --reason outage --yes"));
    let granted =
        change(&format!("grant {user} --points 50 --membership pro:10:30 --quota queries:20:10"))?.expect(0)?;
    granted.shows(&["points     50", "membership pro until ", "quota      queries: 20"])?;
    change(&format!("extend {user} --days 7"))?.expect(0)?.notes(&["7 more days", "points     50"])?;
    let revoked = change(&format!("revoke {user} --points 80 --quota queries:5"))?.expect(0)?;
    revoked.shows(&["taken      50 points, 5 of queries", "points     0", "quota      queries: 15"])?;
    let shown = till.says(&format!("users show {user}"))?.expect(0)?;
    shown.shows(&["membership pro until ", "LEDGER", "admin_grant", "admin_revoke", "outage"])?;
    let whole = till.says(&format!("users show {user} --json"))?.expect(0)?.json()?;
    same("the wallet", &whole["wallet"]["points"], &json!(0))?;
    let gift = till.says(&format!("users grant {user} --points 5 --reason outage"))?.expect(NOT_CONFIRMED)?;
    gift.notes(&["no money moves", "nothing was changed"])?;
    change(&format!("grant {user} --membership pro:10"))?.expect(USAGE)?.notes(&["needs 3 parts"])?;
    change(&format!("extend {user}-stranger --days 7"))?.expect(REFUSED)?.notes(&["nothing_to_extend: "])?;
    terminal.scene.has_points(0).await
}

async fn days_and_state_of_the_stage_are_shown(stack: Stack) -> Outcome {
    let terminal = Terminal::new(stack).await?;
    let till = &terminal.till;
    terminal.scene.granted("wechat").await?;
    till.says("status")?.expect(0)?.shows(&[
        "verdict     ",
        "queue       fulfilment: ",
        "ACCOUNTS",
        "sandbox-wechat",
        "+08:00",
    ])?;
    let status = till.says("status --json")?.expect(0)?.json()?;
    ensure(status["verdict"].is_string(), || format!("no verdict in {status}"))?;
    eventually("today's order is counted", Duration::from_millis(200), async || {
        let counted = till.says("statistics --days 2 --json")?.expect(0)?.json()?;
        let is_there = counted["totals"]["granted"].as_u64().is_some_and(|granted| granted > 0);
        Ok(if is_there { Ok(()) } else { Err(counted["totals"].to_string()) })
    })
    .await?;
    let shown = till.says("statistics --days 2")?.expect(0)?;
    let today = text(&till.says("statistics --days 1 --json")?.expect(0)?.json()?, "to")?.to_owned();
    shown.shows(&["(+08:00)", &today, "ALL DAYS", "BY METHOD", "wechat_native", "MONEY", "CNY"])?;
    till.says("statistics --days 93")?.expect(USAGE)?;
    till.says("statistics --from 2026-01-01 --to 2025-01-01")?.expect(REFUSED)?.notes(&["invalid_field: "]).map(drop)
}

async fn program_without_access_says_what_is_missing(stack: Stack) -> Outcome {
    let terminal = Terminal::new(stack).await?;
    let (till, buyer) = (&terminal.till, &terminal.scene.buyer);
    let as_buyer = till.clone().with("TILL_TOKEN", buyer.token());
    as_buyer.says("orders")?.expect(NOT_ALLOWED)?.notes(&["forbidden: ", "a token with the role admin"])?;
    let forged = till.clone().with("TILL_TOKEN", "a.b.c");
    forged.says("status")?.expect(NOT_ALLOWED)?.notes(&["unauthenticated: ", "a fresh token into TILL_TOKEN"])?;
    let elsewhere = till.clone().with("TILL_API_URL", "http://127.0.0.1:9").with("TILL_TOKEN", buyer.token());
    elsewhere.says("holds")?.expect(AGAIN)?.notes(&["http://127.0.0.1:9: "])?;
    let nowhere = elsewhere.with("TILL_API_URL", "");
    nowhere.says("holds")?.expect(USAGE)?.notes(&["--stack", "--api-url"])?;
    till.clone().with("TILL_API_URL", "http://example.com").says("holds")?.expect(USAGE)?.notes(&["https://"])?;
    till.says("order")?.expect(USAGE)?;
    till.says("--help")?.expect(0)?.shows(&["Exit codes:", "docs/till.md"]).map(drop)
}
