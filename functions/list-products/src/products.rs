//! Products on sale, their prices, and the methods by which each price can be paid now.

use serde::Serialize;
use till_app::ports::{FindAccount, ListProducts, ListedProduct, ShowSales};
use till_domain::money::Money;
use till_domain::provider::{Method, Provider};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Language;
use till_lambda::shapes::{self, Amount, GrantShape};

#[derive(Serialize)]
struct Answer {
    /// Whether new orders are suspended; then no method is listed.
    paused: bool,
    /// The text for buyers while new orders are suspended, if the team wrote one.
    paused_text: Option<String>,
    products: Vec<ProductShape>,
}

#[derive(Serialize)]
struct ProductShape {
    product_type: String,
    product_id: String,
    name: String,
    description: Option<String>,
    grants: Vec<GrantShape>,
    prices: Vec<PriceShape>,
    /// The methods of all its prices.
    payment_methods: Vec<&'static str>,
}

#[derive(Serialize)]
struct PriceShape {
    currency: String,
    amount: Amount,
    amount_minor: u64,
    /// How much of it an upgrade counts later; `None` for a product without a membership.
    upgrade_worth: Option<Amount>,
    upgrade_worth_minor: Option<u64>,
    payment_methods: Vec<&'static str>,
}

/// `switched_off` is whether the deployment itself makes no new orders.
pub async fn answer(
    ports: &(impl FindAccount + ListProducts + ShowSales),
    switched_off: bool,
    language: Language,
) -> Result<Response, Problem> {
    let sales = ports.shown_sales().await?;
    let paused = switched_off || sales.are_suspended();
    let paused_text = sales.text_in(language).map(ToString::to_string);
    let open = if paused { Vec::new() } else { open_providers(ports).await? };
    let products = ports.list_products().await?;
    let on_sale = products.iter().filter(|displayed| displayed.product.active);
    let products = on_sale.map(|displayed| shape(displayed, &open, language)).collect();
    Ok(json(200, &Answer { paused, paused_text, products }))
}

/// Providers with an account for new attempts.
async fn open_providers(ports: &impl FindAccount) -> Result<Vec<Provider>, Problem> {
    let mut open = Vec::new();
    for provider in Provider::ALL {
        if ports.find_account(provider).await?.is_some() {
            open.push(provider);
        }
    }
    Ok(open)
}

fn shape(displayed: &ListedProduct, open: &[Provider], language: Language) -> ProductShape {
    let product = &displayed.product;
    let price = |price: &Money| {
        let worth = product.upgrade_worth_in(price.currency());
        PriceShape {
            currency: price.currency().to_string(),
            amount: Amount(*price),
            amount_minor: price.minor(),
            upgrade_worth: worth.map(Amount),
            upgrade_worth_minor: worth.map(Money::minor),
            payment_methods: names(|method| takes(method, *price, open)),
        }
    };
    ProductShape {
        product_type: product.kind().to_string(),
        product_id: product.id().to_string(),
        name: product.name().in_language(language).to_string(),
        description: displayed.description.as_ref().map(|text| text.in_language(language).clone()),
        grants: product.grants().iter().map(shapes::grant).collect(),
        prices: product.prices().iter().map(price).collect(),
        payment_methods: names(|method| product.prices().iter().any(|price| takes(method, *price, open))),
    }
}

fn names(fits: impl Fn(Method) -> bool) -> Vec<&'static str> {
    Method::ALL.into_iter().filter(|method| fits(*method)).map(Method::as_str).collect()
}

fn takes(method: Method, price: Money, open: &[Provider]) -> bool {
    let provider = method.provider();
    let currency = price.currency();
    open.contains(&provider) && provider.takes(currency) && price.minor() >= provider.least_minor(currency)
}
