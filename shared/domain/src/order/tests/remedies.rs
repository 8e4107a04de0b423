//! What an order remembers of remedies.

use super::*;

fn remedy(key: u128, request: u128) -> Remedy {
    Remedy { word: RemedyWord::Cancel, key: Fingerprint(key), request: Fingerprint(request) }
}

#[test]
fn remedy_is_known_by_its_key_and_another_under_that_key_is_refused() {
    let order = order().and(|order| order.remember(remedy(1, 7), minute(3)));
    let other_word = Remedy { word: RemedyWord::Resolve, ..remedy(1, 7) };
    for (name, asked, expected) in [
        ("the same", remedy(1, 7), Ok(true)),
        ("another request", remedy(1, 8), Err(Refusal::IdempotencyConflict)),
        ("another word", other_word, Err(Refusal::IdempotencyConflict)),
        ("another key", remedy(2, 7), Ok(false)),
    ] {
        assert_eq!(order.is_remedied(asked), expected, "{name}");
    }
    assert_eq!(order.remedies, [Remedied { at: minute(3), remedy: remedy(1, 7) }]);
}

#[test]
fn only_the_newest_remedies_are_remembered() {
    let many = (0..=u128::try_from(MOST_REMEDIES).unwrap()).map(|key| remedy(key, 1));
    let order = many.fold(order(), |order, asked| order.and(|order| order.remember(asked, minute(3))));
    assert_eq!(order.remedies.len(), MOST_REMEDIES);
    assert_eq!((order.is_remedied(remedy(0, 1)), order.is_remedied(remedy(1, 1))), (Ok(false), Ok(true)));
}
