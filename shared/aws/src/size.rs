//! The size of an item as DynamoDB counts it for billing and limits.
//!
//! Names and texts count as their UTF-8 bytes. A number counts one byte for every two significant digits, one more, and one for
//! a minus sign; a boolean or null counts one; a list or map counts three, and one more for each entry (Amazon DynamoDB
//! Developer Guide, "DynamoDB item sizes and formats").

use aws_sdk_dynamodb::types::AttributeValue;

use crate::item::Attributes;

pub(crate) fn item_bytes(item: &Attributes) -> usize {
    item.iter().map(|(name, value)| name.len().saturating_add(value_bytes(value))).fold(0, usize::saturating_add)
}

pub(crate) fn value_bytes(value: &AttributeValue) -> usize {
    let sum = |sizes: &mut dyn Iterator<Item = usize>| sizes.fold(0, usize::saturating_add);
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number_bytes(number),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::L(list) => {
            sum(&mut list.iter().map(|value| value_bytes(value).saturating_add(1))).saturating_add(3)
        }
        AttributeValue::M(map) => item_bytes(map).saturating_add(map.len()).saturating_add(3),
        AttributeValue::Ss(texts) => sum(&mut texts.iter().map(String::len)),
        AttributeValue::Ns(numbers) => sum(&mut numbers.iter().map(|number| number_bytes(number))),
        AttributeValue::Bs(blobs) => sum(&mut blobs.iter().map(|blob| blob.as_ref().len())),
        // A kind that the SDK adds later is none of ours, and must not look small.
        _ => usize::MAX,
    }
}

fn number_bytes(number: &str) -> usize {
    let digits = number.trim_start_matches('-').trim_matches('0').len();
    digits.div_ceil(2).saturating_add(1).saturating_add(usize::from(number.starts_with('-')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{bytes, number, text};

    #[test]
    fn values_count_as_dynamodb_counts_them() {
        for (value, size) in [
            (text(""), 0),
            (text("abc"), 3),
            (text("会员"), 6),
            (number(0), 1),
            (number(7), 2),
            (number(1_795_244_456), 6),
            (number(1_000_000), 2),
            (number(-12), 3),
            (bytes([0; 8]), 8),
            (AttributeValue::Bool(true), 1),
            (AttributeValue::Null(true), 1),
            (AttributeValue::L(vec![]), 3),
            (AttributeValue::L(vec![text("ab"), number(7)]), 3 + 3 + 3),
            (AttributeValue::M(Attributes::from([("n".to_owned(), number(7))])), 3 + 1 + 1 + 2),
            (AttributeValue::Ss(vec!["ab".to_owned(), "c".to_owned()]), 3),
        ] {
            assert_eq!(value_bytes(&value), size, "{value:?}");
        }
        let item = Attributes::from([("pk".to_owned(), text("a")), ("名".to_owned(), number(7))]);
        assert_eq!(item_bytes(&item), 3 + 5);
    }
}
