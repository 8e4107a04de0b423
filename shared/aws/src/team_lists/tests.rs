//! The team's lists on a table: what the contract does not see.

use till_app::ports::{SaveOrder as _, Saved};
use till_domain::order::{Facts, Hold, HoldWord, Role};
use till_domain::time::Seconds;

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
async fn order_that_cannot_be_read_is_not_left_out_of_a_list() {
    let test = TestAws::new().await;
    let orders = [pending(1, test.now()), pending(2, test.now())];
    for order in &orders {
        assert_eq!(test.aws.save_order(order).await, Ok(Saved::Yes));
    }
    let numbers = orders.each_ref().map(|order| order.no);
    assert_eq!(test.aws.load_orders(&numbers).await.map(|orders| orders.len()), Ok(2));
    test.set(&keys::order(numbers[0]), "at", text("nonsense")).await;
    assert_eq!(test.aws.load_orders(&numbers).await, Err(Unavailable));
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
