//! Which currencies would do where a method does not take the one that was asked for.

use till_app::create::CreateRequest;
use till_app::ports::FindProduct;
use till_domain::currency::Currency;
use till_domain::refusal::Refusal;
use till_lambda::problem::{Data, Problem};

/// The refusal of a method. Where it takes none of the product's prices that were asked for, it names the currencies that it
/// takes, if any; otherwise the method is closed for another reason.
pub async fn method_unavailable(ports: &impl FindProduct, wanted: &CreateRequest) -> Problem {
    let problem = Problem::from(Refusal::MethodUnavailable);
    let Ok(Some(product)) = ports.find_product(&wanted.kind, &wanted.product).await else { return problem };
    let provider = wanted.method.provider();
    let prices = product.prices().iter().map(|price| price.currency());
    let taken: Vec<Currency> = prices.filter(|currency| provider.takes(*currency)).collect();
    if taken.iter().any(|currency| wanted.currency.is_none_or(|asked| asked == *currency)) {
        return problem;
    }
    let currencies = taken.iter().map(ToString::to_string).collect();
    Problem { data: Some(Data::Currencies { currencies }), ..problem }
}
