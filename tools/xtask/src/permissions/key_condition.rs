//! The partition key that a query names, read from its key condition: the expression, or the older `KeyConditions`.

use serde_json::Value;

/// The value of the key with this name, as DynamoDB writes it: `{"S": "ORDER#1"}`.
pub(super) fn partition<'a>(query: &'a Value, key: &str) -> Result<&'a Value, String> {
    match (query["KeyConditionExpression"].as_str(), query.get("KeyConditions")) {
        (Some(expression), None) => in_expression(query, expression, key),
        (None, Some(conditions)) => in_conditions(conditions, key),
        (Some(_), Some(_)) => Err("a query has two key conditions".to_owned()),
        (None, None) => Err("a query has no key condition".to_owned()),
    }
}

fn in_conditions<'a>(conditions: &'a Value, key: &str) -> Result<&'a Value, String> {
    let condition = &conditions[key];
    match (condition["ComparisonOperator"].as_str(), condition["AttributeValueList"].as_array().map(Vec::as_slice)) {
        (Some("EQ"), Some([value])) => Ok(value),
        _ => Err(format!("a query does not name one {key}")),
    }
}

fn in_expression<'a>(query: &'a Value, expression: &str, key: &str) -> Result<&'a Value, String> {
    let words = words(expression)?;
    let name = |word: &str| {
        if word.starts_with('#') { query["ExpressionAttributeNames"][word].as_str() == Some(key) } else { word == key }
    };
    if let Some(word) = words.iter().find(|word| ["OR", "NOT"].contains(&word.to_ascii_uppercase().as_str())) {
        return Err(format!("a key condition has the word {word}"));
    }
    // What stands on both sides of each sign of equality.
    let pairs = words.iter().zip(words.iter().skip(1)).zip(words.iter().skip(2));
    let equal = pairs.filter(|((left, sign), _)| **sign == "=" && name(left)).map(|(_, right)| right);
    match equal.collect::<Vec<_>>().as_slice() {
        [value] if value.starts_with(':') => {
            query["ExpressionAttributeValues"].get(*value).ok_or_else(|| format!("the value {value} is missing"))
        }
        _ => Err(format!("a key condition does not name one {key}: {expression}")),
    }
}

/// Names, placeholders and signs.
fn words(expression: &str) -> Result<Vec<&str>, String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-' | '#' | ':');
    let (mut rest, mut found) = (expression.trim_start(), Vec::new());
    while let Some(first) = rest.chars().next() {
        let length = if is_part(first) {
            rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())
        } else if ["<=", ">=", "<>"].iter().any(|sign| rest.starts_with(sign)) {
            2
        } else if matches!(first, '=' | '<' | '>' | '(' | ')' | ',') {
            1
        } else {
            return Err(format!("a key condition cannot be read: {expression}"));
        };
        let (word, after) = rest.split_at_checked(length).ok_or("a key condition cannot be split")?;
        found.push(word);
        rest = after.trim_start();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(expression: &str) -> Option<String> {
        let query = json!({
            "KeyConditionExpression": expression,
            "ExpressionAttributeNames": {"#k": "pk", "#s": "sk"},
            "ExpressionAttributeValues": {":v": {"S": "ORDER#1"}, ":w": {"S": "USER#1"}},
        });
        partition(&query, "pk").ok().and_then(|value| value["S"].as_str().map(str::to_owned))
    }

    #[test]
    fn partition_is_read_from_every_form_of_an_expression() {
        for expression in [
            "pk = :v",
            "#k=:v",
            "(#k = :v)",
            "pk = :v AND sk > :w",
            "sk BETWEEN :w AND :w AND pk = :v",
            "#k = :v and begins_with(#s, :w)",
            "#s = :w AND #k = :v",
            "(pk = :v) AND (sk <= :w)",
        ] {
            assert_eq!(names(expression).as_deref(), Some("ORDER#1"), "{expression}");
        }
    }

    #[test]
    fn expression_that_does_not_name_one_partition_is_refused() {
        for expression in [
            "",
            "sk = :v",
            "pk > :v",
            "pk <> :v",
            "begins_with(pk, :v)",
            "pk = :v AND pk = :w",
            "pk = :v OR pk = :w",
            "NOT pk = :v",
            "pk = :missing",
            "pk = sk",
            "#unknown = :v",
            "xpk = :v",
            "pk = 'ORDER#1'",
        ] {
            assert_eq!(names(expression), None, "{expression}");
        }
    }

    #[test]
    fn older_conditions_are_read_too() {
        let query = |operator: &str, values: Value| json!({"KeyConditions": {"pk": {"ComparisonOperator": operator, "AttributeValueList": values}}});
        let one = query("EQ", json!([{"S": "P"}]));
        assert_eq!(partition(&one, "pk"), Ok(&json!({"S": "P"})));
        for wrong in
            [query("GE", json!([{"S": "P"}])), query("EQ", json!([])), query("EQ", json!([{"S": "P"}, {"S": "Q"}]))]
        {
            assert!(partition(&wrong, "pk").is_err(), "{wrong}");
        }
        let mut both = one;
        both["KeyConditionExpression"] = json!("pk = :v");
        assert!(partition(&both, "pk").is_err());
        assert!(partition(&json!({}), "pk").is_err());
    }
}
