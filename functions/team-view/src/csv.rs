//! A list of orders as a file for spreadsheets: exactly the rows and columns of the list.
//!
//! It begins with the byte order mark by which Excel recognises UTF-8. A tab follows each id and number, so that Excel shows `4200…` as
//! it is and not as 4.2E+27; an apostrophe precedes a text that a spreadsheet would take for a formula.

use std::cmp::Reverse;

use till_domain::day::Days;
use till_domain::time::Time;
use till_lambda::http::{Response, plain, with};

use crate::rows::RowShape;

const MARK: char = '\u{feff}';

const COLUMNS: [&str; 17] = [
    "order_no",
    "created_at (UTC+8)",
    "status",
    "fulfilment",
    "user_id",
    "product_type",
    "product_id",
    "product_name",
    "amount",
    "refunded_amount",
    "currency",
    "payment_method",
    "provider",
    "account",
    "trade_no",
    "payment_time (UTC+8)",
    "holds",
];

pub fn response(rows: &[RowShape], unreadable: &[String], days: Days) -> Response {
    let name = format!("attachment; filename=\"orders-{}-{}.csv\"", days.first, days.last);
    let file = plain(200, Some("text/csv; charset=utf-8"), file(rows, unreadable));
    with(with(file, "content-disposition", &name), "cache-control", "no-store")
}

fn file(rows: &[RowShape], unreadable: &[String]) -> String {
    let readable = rows.iter().map(|row| (&row.order_no, cells(row)));
    let mut lines: Vec<_> = readable.chain(unreadable.iter().map(|no| (no, cells_of_unreadable(no)))).collect();
    // Numbers begin with the time.
    lines.sort_by_key(|(no, _)| Reverse(*no));
    let mut file = String::from(MARK);
    line(&mut file, &COLUMNS.map(str::to_owned));
    for (_, cells) in &lines {
        line(&mut file, cells);
    }
    file
}

/// Without this line the file would seem to be whole.
fn cells_of_unreadable(no: &str) -> [String; 17] {
    let mut cells = [const { String::new() }; 17];
    cells[0] = id(no);
    "unreadable".clone_into(&mut cells[2]);
    cells
}

fn cells(row: &RowShape) -> [String; 17] {
    [
        id(&row.order_no),
        time(row.created_at.0),
        row.status.to_owned(),
        row.fulfilment.to_owned(),
        id(&row.user_id),
        text(&row.product_type),
        id(&row.product_id),
        text(&row.product_name),
        row.amount.0.to_string(),
        row.refunded_amount.0.to_string(),
        row.currency.clone(),
        row.payment_method.unwrap_or_default().to_owned(),
        row.provider.unwrap_or_default().to_owned(),
        row.account.as_deref().map(id).unwrap_or_default(),
        row.trade_no.as_deref().map(id).unwrap_or_default(),
        row.payment_time.map(|at| time(at.0)).unwrap_or_default(),
        row.holds.join(" "),
    ]
}

fn line(file: &mut String, cells: &[String; 17]) {
    for (n, cell) in cells.iter().enumerate() {
        if n > 0 {
            file.push(',');
        }
        file.push('"');
        file.push_str(&cell.replace('"', "\"\""));
        file.push('"');
    }
    file.push_str("\r\n");
}

fn id(value: &str) -> String {
    format!("{}\t", text(value))
}

fn text(value: &str) -> String {
    let begins_a_formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if begins_a_formula { format!("'{value}") } else { value.to_owned() }
}

fn time(at: Time) -> String {
    let at = at.in_china();
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", at.year, at.month, at.day, at.hour, at.minute, at.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_is_neither_a_number_nor_a_formula_to_a_spreadsheet() {
        for (value, cell) in [
            ("4200002516202511218888888888", "4200002516202511218888888888\t"),
            ("1-2", "1-2\t"),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)\t"),
            ("@u", "'@u\t"),
            ("-1", "'-1\t"),
        ] {
            assert_eq!(id(value), cell);
        }
        assert_eq!(text("+1 月会员"), "'+1 月会员");
        assert_eq!(text("会员 \"金\""), "会员 \"金\"");
    }

    #[test]
    fn line_keeps_quotes_and_line_breaks_within_their_cell() {
        let mut file = String::new();
        let mut cells = [const { String::new() }; 17];
        cells[0] = "a,\"b\"\nc".to_owned();
        line(&mut file, &cells);
        assert_eq!(file, format!("\"a,\"\"b\"\"\nc\"{}\r\n", ",\"\"".repeat(16)));
    }
}
