//! The interface's own document, for programs and for people.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use till_lambda::http::{Response, plain, with};
use till_lambda::problem::Problem;
use till_lambda::sha256;

const DOCUMENT: &str = include_str!("../../../docs/openapi.json");
const STYLE: &str = include_str!("interface/page.css");
/// It changes with a release only.
const CACHE: &str = "public, max-age=300";

pub fn document() -> Response {
    with(plain(200, Some("application/json"), DOCUMENT.to_owned()), "cache-control", CACHE)
}

pub fn page() -> Result<Response, Problem> {
    let document: Value = serde_json::from_str(DOCUMENT).map_err(|_| Problem::internal())?;
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        STANDARD.encode(sha256(STYLE.as_bytes()))
    );
    let response = plain(200, Some("text/html; charset=utf-8"), whole(&document).into_string());
    let headers =
        [("cache-control", CACHE), ("content-security-policy", policy.as_str()), ("x-content-type-options", "nosniff")];
    Ok(headers.into_iter().fold(response, |response, (name, value)| with(response, name, value)))
}

fn whole(document: &Value) -> Markup {
    let title = text(&document["info"]["title"]);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) ": the interface" }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) ": the interface" }
                    p { (text(&document["info"]["description"])) }
                    p { a href="openapi.json" { "The same for programs: openapi.json" } }
                    nav aria-label="Routes" {
                        ul { @for (path, method, operation) in operations(document) {
                            li { a href=(format!("#{}", text(&operation["operationId"]))) { code { (method) " " (path) } } }
                        } }
                    }
                    @for (path, method, operation) in operations(document) { (route(document, path, &method, operation)) }
                    h2 { "Words of errors" }
                    p { "Each is the " code { "error" } " of an answer. Show " code { "msg" } "; program by the word." }
                    ul .words { @for word in list(&document["components"]["schemas"]["Problem"]["properties"]["error"]["enum"]) {
                        li { code { (text(word)) } }
                    } }
                }
            }
        }
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, String, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method.to_ascii_uppercase(), operation))
    })
}

fn route(document: &Value, path: &str, method: &str, operation: &Value) -> Markup {
    let body = list_of_content(&operation["requestBody"]);
    html! {
        section id=(text(&operation["operationId"])) {
            h2 { code { (method) " " (path) } }
            p { (text(&operation["summary"])) ". " span .who { (who(document, operation)) } }
            @if !list(&operation["parameters"]).is_empty() || !body.is_empty() {
                table {
                    caption { "What it takes" }
                    thead { tr { th scope="col" { "name" } th scope="col" { "in" } th scope="col" { "what" } } }
                    tbody {
                        @for parameter in list(&operation["parameters"]) {
                            (row(text(&parameter["name"]), text(&parameter["in"]), parameter["required"] == true, &parameter["schema"], text(&parameter["description"])))
                        }
                        @for content in &body { @for (name, schema) in fields(document, &content["schema"]) {
                            (row(name, "body", is_required(document, &content["schema"], name), schema, text(&schema["description"])))
                        } }
                    }
                }
            }
            @for content in &body { @if content["example"].is_object() { pre { (pretty(&content["example"])) } } }
            table {
                caption { "What it answers" }
                thead { tr { th scope="col" { "status" } th scope="col" { "what" } } }
                tbody {
                    @for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
                        (answer_rows(document, status, resolve(document, answer)))
                    }
                }
            }
        }
    }
}

fn answer_rows(document: &Value, status: &str, answer: &Value) -> Markup {
    let contents = list_of_content(answer);
    html! {
        tr {
            td { (status) }
            td {
                (text(&answer["description"]))
                @if status == "200" { @for content in &contents {
                    @let names: Vec<&str> = fields(document, &content["schema"]).into_iter().map(|(name, _)| name).collect();
                    @if !names.is_empty() { ": " @for name in names { code { (name) } " " } }
                    @if content["example"].is_object() { pre { (pretty(&content["example"])) } }
                } }
            }
        }
    }
}

fn row(name: &str, place: &str, is_required: bool, schema: &Value, description: &str) -> Markup {
    html! {
        tr {
            td { code { (name) } @if is_required { " needed" } }
            td { (place) }
            td { (kind(schema)) @if !description.is_empty() { ": " (description) } }
        }
    }
}

/// Who may call it, in the words of its tag.
fn who<'a>(document: &'a Value, operation: &'a Value) -> &'a str {
    let tag = &operation["tags"][0];
    list(&document["tags"]).iter().find(|one| one["name"] == *tag).map_or("", |one| text(&one["description"]))
}

/// A few words for a schema.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(text).collect::<Vec<_>>().join(", ");
    }
    let choices = list(&schema["anyOf"]).iter().filter(|one| one["type"] != "null");
    let choices: Vec<String> = choices.map(kind).collect();
    if choices.is_empty() { text(&schema["type"]).to_owned() } else { choices.join(" or ") }
}

/// The fields of an object, or of the first of several kinds.
fn fields<'a>(document: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let schema = resolve(document, schema);
    let schema = schema["anyOf"].get(0).map_or(schema, |first| resolve(document, first));
    schema["properties"].as_object().into_iter().flatten().map(|(name, field)| (name.as_str(), field)).collect()
}

fn is_required(document: &Value, schema: &Value, name: &str) -> bool {
    list(&resolve(document, schema)["required"]).iter().any(|one| one == name)
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
    target.unwrap_or(value)
}

fn list_of_content(value: &Value) -> Vec<&Value> {
    value["content"].as_object().into_iter().flatten().map(|(_, content)| content).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
