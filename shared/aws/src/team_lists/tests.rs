//! The team's lists on a table: what the contract does not see.

use till_app::ports::{KeepOrphan as _, ListOrphans as _, Orphan, SaveOrder as _, Saved};
use till_domain::id::AttemptNo;
use till_domain::order::{Facts, Hold, HoldWord, Order, Report, Role, Says};
use till_domain::provider::Account;
use till_domain::text::AccountId;
use till_domain::time::Seconds;
use till_memory::LogCapture;

use super::*;
use crate::order_item::samples::{paid, pending, start};
use crate::test_aws::{Reply, TestAws, aws_that_answers};

fn trade(text: &str) -> TradeNo {
    TradeNo::parse(text).unwrap()
}

/// The next version of an order, whose payment has this role.
fn with_role(order: &Order, role: Role) -> Order {
    let mut facts = Facts::clone(order);
    facts.version += 1;
    facts.payments[0].role = role;
    Order::from_facts(facts)
}

#[tokio::test]
async fn list_whose_index_is_missing_is_unavailable() {
    let missing = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"The table does not have the specified index"}"#;
    let aws = aws_that_answers(Reply::Answer(400, missing.to_owned()));
    let today = Day::of(start());
    assert_eq!(aws.list_numbers(Days::one(today), None, 10).await, Err(Unavailable));
    assert_eq!(aws.find_trade(Provider::WeChat, &trade("1")).await, Err(Unavailable));
    assert_eq!(aws.list_held(None, 10).await, Err(Unavailable));
    assert_eq!(aws.list_commands(today, None, 10).await, Err(Unavailable));
}

#[tokio::test]
async fn order_is_in_the_index_of_payments_and_of_holds_while_it_should_be() {
    let test = TestAws::new().await;
    let (new, bought) = (pending(1, test.now()), paid(1, test.now()));
    let indexed = async || {
        let item = test.get(&keys::order(new.no)).await.unwrap();
        let reader = Reader::new(&item);
        let since = reader.get_as::<Option<till_domain::time::Time>>(HELD_SINCE).unwrap();
        (reader.text(TRADE).ok().map(str::to_owned), reader.text(HELD).ok().map(str::to_owned), since)
    };
    assert_eq!(test.aws.save_order(&new).await, Ok(Saved::Yes));
    assert_eq!(indexed().await, (None, None, None));
    let odd = with_role(&bought, Role::Odd);
    let odd = Order::from_facts(Facts { version: bought.version, ..Facts::clone(&odd) });
    assert!(odd.holds().iter().any(|hold: &Hold| hold.word == HoldWord::OddPayment));
    let since = test.now();
    assert_eq!(test.aws.save_order(&odd).await, Ok(Saved::Yes));
    let number = Some("wechat#4200002458202611210123456789".to_owned());
    let held = Some("HELD".to_owned());
    assert_eq!(indexed().await, (number.clone(), held.clone(), Some(since)));
    test.pass(Seconds(60));
    let again = with_role(&odd, Role::Odd);
    assert_eq!(test.aws.save_order(&again).await, Ok(Saved::Yes));
    assert_eq!(indexed().await, (number.clone(), held.clone(), Some(since)), "it is held since then without a break");
    let kept = with_role(&again, Role::Kept);
    assert_eq!(test.aws.save_order(&kept).await, Ok(Saved::Yes));
    assert_eq!(indexed().await, (number.clone(), None, None));
    let odd = with_role(&kept, Role::Odd);
    assert_eq!(test.aws.save_order(&odd).await, Ok(Saved::Yes));
    assert_eq!(indexed().await, (number, held, Some(test.now())), "since now");
}

#[tokio::test]
async fn order_that_cannot_be_read_is_named_and_the_others_are_there() {
    let test = TestAws::new().await;
    let orders = [pending(1, test.now()), pending(2, test.now())];
    for order in &orders {
        assert_eq!(test.aws.save_order(order).await, Ok(Saved::Yes));
    }
    let numbers = orders.each_ref().map(|order| order.no);
    assert_eq!(test.aws.load_orders(&numbers).await.map(|loaded| loaded.orders.len()), Ok(2));
    test.set(&keys::order(numbers[0]), "at", text("nonsense")).await;
    let log = LogCapture::new();
    let loaded = LoadedOrders { orders: vec![orders[1].clone()], unreadable: vec![numbers[0]] };
    assert_eq!(test.aws.load_orders(&numbers).await, Ok(loaded));
    let said = log.lines();
    let alarm = format!("alarm=\"stuck_order\" order_no=\"{}\"", numbers[0]);
    assert!(said.len() == 1 && said[0].starts_with("ERROR") && said[0].contains(&alarm), "{said:?}");
    assert_eq!(test.take_calls().len(), 1, "an alarm is raised");
}

#[tokio::test]
async fn list_of_many_unreadable_orders_logs_each_and_raises_few_alarms() {
    let test = TestAws::new().await;
    let orders: Vec<Order> = (0..25).map(|n| pending(n, test.now())).collect();
    for order in &orders {
        assert_eq!(test.aws.save_order(order).await, Ok(Saved::Yes));
        test.set(&keys::order(order.no), "at", text("nonsense")).await;
    }
    let mut numbers: Vec<OrderNo> = orders.iter().map(|order| order.no).collect();
    let log = LogCapture::new();
    let loaded = test.aws.load_orders(&numbers).await.unwrap();
    numbers.sort_unstable_by_key(|no| Reverse(*no));
    assert_eq!((loaded.orders, loaded.unreadable), (vec![], numbers));
    assert_eq!((log.lines().len(), test.take_calls().len()), (25, 10));
}

#[tokio::test]
async fn list_without_an_answer_for_an_order_is_unavailable() {
    let broken = aws_that_answers(Reply::BrokenConnection);
    assert_eq!(broken.load_orders(&[pending(1, start()).no]).await, Err(Unavailable));
}

#[tokio::test]
async fn kept_items_that_cannot_be_read_are_named_and_the_others_are_there() {
    let test = TestAws::new().await;
    let kept = |text: &str| {
        let account = Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() };
        let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says: Says::Unknown };
        Orphan { number: "theirs".to_owned(), trade_no: trade(text), report, at: test.now() }
    };
    for text in ["1", "2", "3"] {
        test.aws.keep_orphan(&kept(text)).await.unwrap();
    }
    test.set(&keys::orphan(Provider::WeChat, &trade("2")), "at", text("nonsense")).await;
    let page = test.aws.list_orphans(Provider::WeChat, None, 10).await.unwrap();
    let numbers: Vec<&str> = page.items.iter().map(|stored| stored.orphan.trade_no.as_str()).collect();
    assert_eq!((numbers, page.unreadable, page.next), (vec!["1", "3"], vec!["2".to_owned()], None));
    let place = keys::stray(test.now(), 1);
    test.put(&place, Attributes::new()).await;
    let page = test.aws.list_rejected(Day::of(test.now()), None, 10).await.unwrap();
    assert_eq!((page.items, page.unreadable), (vec![], vec![place.sk]));
}

#[tokio::test]
async fn further_payments_have_items_of_their_own_up_to_a_limit() {
    let test = TestAws::new().await;
    let bought = paid(1, test.now());
    let mut facts = Facts::clone(&bought);
    for n in 0..20 {
        let mut further = facts.payments[0].clone();
        (further.trade_no, further.role) = (trade(&format!("F{n}")), Role::Extra);
        facts.payments.push(further);
    }
    let many = Order::from_facts(facts);
    assert_eq!(test.aws.save_order(&pending(1, test.now())).await, Ok(Saved::Yes));
    assert_eq!(test.aws.save_order(&many).await, Ok(Saved::Yes));
    let place = |text: &str| keys::trade_of_order(many.no, Provider::WeChat, &trade(text));
    assert!(test.get(&place("F15")).await.is_some());
    assert!(test.get(&place("F16")).await.is_none(), "an order that is paid so often is looked at by hand");
    assert_eq!(test.get(&place("F0")).await.unwrap().len(), 1, "its number alone");
    assert_eq!(test.aws.find_trade(Provider::WeChat, &trade("F7")).await, Ok(vec![many.no]));
}
