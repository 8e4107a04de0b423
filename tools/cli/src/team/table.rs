//! Tables for a terminal: columns of the same width, in which a Chinese character takes two cells.

use super::row::Row;

/// The title of a column and the field that it shows.
pub type Column = (&'static str, &'static str);

/// Columns in which nothing stands are left out; amounts have their currency.
pub fn table(columns: &[Column], rows: &[Row]) -> String {
    let cell = |row: &Row, field: &str| if is_amount(field) { row.amount(field) } else { row.text(field) };
    let columns: Vec<Vec<String>> = columns
        .iter()
        .map(|(title, field)| {
            [(*title).to_owned()].into_iter().chain(rows.iter().map(|row| cell(row, field))).collect()
        })
        .filter(|column: &Vec<String>| column.iter().skip(1).any(|cell| !cell.is_empty()))
        .collect();
    let widths: Vec<usize> =
        columns.iter().map(|column| column.iter().map(|cell| width(cell)).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for line in 0..=rows.len() {
        let mut written = String::new();
        for (column, most) in columns.iter().zip(&widths) {
            let cell = column.get(line).map(String::as_str).unwrap_or_default();
            written.push_str(cell);
            written.push_str(&" ".repeat(most.saturating_sub(width(cell)).saturating_add(2)));
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
    text
}

fn is_amount(field: &str) -> bool {
    field == "amount" || field.ends_with("_amount")
}

fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

const fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_with_wide_characters_and_empty_ones_are_left_out() {
        let row = |text: &str| Row::read(text).unwrap();
        let rows = [
            row(r#"{"name":"会员","amount":99.00,"currency":"CNY","x":null}"#),
            row(r#"{"name":"Gold member","amount":5,"currency":"JPY"}"#),
        ];
        let text = table(&[("NAME", "name"), ("X", "x"), ("AMOUNT", "amount")], &rows);
        assert_eq!(text, "NAME         AMOUNT\n会员         CNY 99.00\nGold member  JPY 5\n");
        assert_eq!(table(&[("NAME", "name")], &[]), "\n");
    }
}
