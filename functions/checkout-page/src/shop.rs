//! The shop that the page names: `SHOP_NAME`, `SHOP_MARK`, `SHOP_URL`.

use till_lambda::settings::{BadSetting, Environment};

const MOST_NAME_CHARACTERS: usize = 40;
const MOST_MARK_CHARACTERS: usize = 4;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shop {
    /// `None`: the page names no shop.
    pub name: Option<String>,
    /// One or a few characters, such as an emoji or initials. Without it, the first of the name.
    pub mark: Option<String>,
    /// Where the page leads back to, unless the order's own link says otherwise.
    pub url: Option<String>,
}

impl Shop {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let name = text(environment, "SHOP_NAME", MOST_NAME_CHARACTERS)?;
        let first = name.as_ref().and_then(|name| name.chars().next()).map(|first| first.to_uppercase().to_string());
        Ok(Self { mark: text(environment, "SHOP_MARK", MOST_MARK_CHARACTERS)?.or(first), url: url(environment)?, name })
    }
}

fn text(environment: &Environment, name: &str, most: usize) -> Result<Option<String>, BadSetting> {
    let text = environment.get(name);
    let fits = |text: &String| text.chars().count() <= most && !text.chars().any(char::is_control);
    match text {
        Some(text) if !fits(&text) => {
            Err(BadSetting::new(name, format!("at most {most} characters, without line breaks")))
        }
        text => Ok(text),
    }
}

fn url(environment: &Environment) -> Result<Option<String>, BadSetting> {
    const NAME: &str = "SHOP_URL";
    let Some(url) = environment.get(NAME) else { return Ok(None) };
    let is_plain = !environment.is_production() && url.starts_with("http://");
    if (is_plain || url.starts_with("https://")) && url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(url));
    }
    Err(BadSetting::new(NAME, "an address that begins with https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_shop_are_read_or_refused() {
        let shop = Shop::read(&[("SHOP_NAME", "éclair & Co")].into_iter().collect()).unwrap();
        assert_eq!((shop.mark.as_deref(), shop.url), (Some("É"), None));
        let long = "x".repeat(MOST_NAME_CHARACTERS + 1);
        for (name, value) in [
            ("SHOP_NAME", long.as_str()),
            ("SHOP_NAME", "a\nb"),
            ("SHOP_MARK", "12345"),
            ("SHOP_URL", "javascript:alert(1)"),
            ("SHOP_URL", "http://shop.example"),
            ("SHOP_URL", "https://shop.example/a b"),
        ] {
            let told = Shop::read(&[("STAGE", "prod"), (name, value)].into_iter().collect()).unwrap_err().to_string();
            assert!(told.starts_with(name), "{told}");
        }
        let here = [("STAGE", "dev"), ("SHOP_URL", "http://localhost:5173/")].into_iter().collect();
        assert_eq!(Shop::read(&here).unwrap().url.as_deref(), Some("http://localhost:5173/"));
    }
}
