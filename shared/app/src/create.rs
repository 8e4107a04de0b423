//! Making an order: the provider is called first and the order is written once. One key makes one order, however often
//! it is sent.

use std::sync::Arc;

use futures_util::future::join;
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::language::Language;
use till_domain::money::Money;
use till_domain::order::{Attempt, May, NewOrder, OPENING_TIMEOUT, Order, Sold};
use till_domain::product::Product;
use till_domain::provider::Method;
use till_domain::refusal::Refusal;
use till_domain::text::{Key, ProductId, ProductType};
use till_domain::time::Time;
use till_domain::wallet::{self, Upgrade, Wallet};

use crate::breaker::Breaker;
use crate::caller::{Caller, Role};
use crate::failure::Failure;
use crate::figures::order_created;
pub use crate::open::Payable;
use crate::open::{account_for, check_price, create_trade, least, show, show_again};
use crate::perform::{Perform, perform};
use crate::ports::{
    Asked, Claim, ClaimKey, ClaimState, Claimed, CreateError, Draw, FindAccount, FindProduct, Frozen, LoadSales,
    LoadWallet, NewTrade, Outcome, Payer, RequestHash, Sales, Saved, Shown,
};
use crate::settings::Settings;
use crate::upgrade_basis::UpgradeBasis;
use crate::write::{load, record_call, record_creation};

/// Owners of one key. Each can leave a trade at the provider that no buyer was shown.
const MOST_OWNERS: u8 = 10;

pub trait Create: Perform + FindProduct + FindAccount + LoadWallet + ClaimKey + Draw {}

impl<P: Perform + FindProduct + FindAccount + LoadWallet + ClaimKey + Draw> Create for P {}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CreateRequest {
    pub by: Caller,
    pub kind: ProductType,
    pub product: ProductId,
    pub method: Method,
    /// `None`: the method's, the deployment's, or the product's first.
    pub currency: Option<Currency>,
    /// Whether it is to replace a lower membership.
    pub is_upgrade: bool,
    /// The product is sold under its name in this language. It is no part of `hash`: the first request of a key decides.
    pub language: Language,
    pub key: Option<Key>,
    /// The hash of the request as it was parsed.
    pub hash: RequestHash,
    pub payer: Payer,
}

/// What stands before a request is done.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Found {
    /// What an earlier request with this request's key did.
    pub claim: Option<Claim>,
    pub sales: Sales,
}

impl Found {
    /// New orders are suspended by the team, or by the deployment's settings.
    fn is_paused(&self, settings: &Settings) -> bool {
        settings.paused || self.sales.are_suspended()
    }

    /// Refuses a request that would make a new order while these are suspended. What a key began may exist already, which is
    /// found out when it is taken over.
    pub fn check(&self, settings: &Settings) -> Result<(), Refusal> {
        if self.claim.is_none() && self.is_paused(settings) { Err(Refusal::Paused) } else { Ok(()) }
    }
}

/// Reads the claim of the request's key, and beside it whether new orders are suspended.
pub async fn find_claim(ports: &(impl ClaimKey + LoadSales), request: &CreateRequest) -> Result<Found, Failure> {
    let claim = async {
        match &request.key {
            Some(key) => ports.load_claim(&request.by.user, key).await,
            None => Ok(None),
        }
    };
    let (claim, sales) = join(claim, ports.load_sales()).await;
    Ok(Found { claim: claim?, sales: sales? })
}

/// Makes an order and opens it at its provider, or returns the order that this key made before. `found` is what
/// [`find_claim`] found.
pub async fn create<P: Create>(
    ports: &P,
    settings: &Settings,
    request: &CreateRequest,
    found: Found,
    breaker: &Breaker,
    deadline: Time,
) -> Result<Payable, Failure> {
    found.check(settings)?;
    let is_paused = found.is_paused(settings);
    let Some(key) = &request.key else {
        let frozen = freeze(ports, settings, request).await?;
        breaker.check(&frozen.account, ports.now())?;
        return open(ports, &frozen, AttemptNo::FIRST, request, None, breaker, deadline).await;
    };
    if let Some(claim) = found.claim {
        return follow(ports, is_paused, request, claim, breaker, deadline).await;
    }
    let frozen = freeze(ports, settings, request).await?;
    // The claim is written after this check, so that requests which are refused here use up no owner of their key.
    breaker.check(&frozen.account, ports.now())?;
    let claim = Claim {
        user: request.by.user.clone(),
        key: key.clone(),
        frozen,
        owner: 1,
        since: ports.now(),
        state: ClaimState::Running,
        shown: None,
    };
    match ports.put_claim(&claim).await? {
        Claimed::Yes => open(ports, &claim.frozen, AttemptNo::FIRST, request, Some(&claim), breaker, deadline).await,
        Claimed::Exists(stands) => follow(ports, is_paused, request, *stands, breaker, deadline).await,
    }
}

/// Decides everything about an order, once: a repeated request gets the same.
async fn freeze<P: Create>(ports: &P, settings: &Settings, request: &CreateRequest) -> Result<Frozen, Failure> {
    let product = ports.find_product(&request.kind, &request.product).await?;
    let product = product.filter(|product| product.active).ok_or(Refusal::ProductNotFound)?;
    let account = account_for(ports, request.method).await?;
    let now = ports.now();
    let list = list_price(&product, request, settings).ok_or(Refusal::MethodUnavailable)?;
    let wallet = ports.load_wallet(&request.by.user).await?.at(now);
    // Goods that would not fit into the wallet are refused before any money moves.
    wallet.has_room(product.grants())?;
    let (price, upgrade) = if request.is_upgrade {
        let (price, upgrade) = price_upgrade(ports, &wallet, &product, list, request.method).await?;
        (price, Some(upgrade))
    } else {
        (list, None)
    };
    check_price(request.method, price)?;
    let most = settings.most_in(price.currency());
    if price.minor() > most.minor() {
        return Err(Refusal::AmountTooLarge { most }.into());
    }
    Ok(Frozen {
        no: OrderNo::mint(now, ports.entropy()),
        created_at: now,
        expire_at: now.plus(settings.expire_after),
        sold: Arc::new(Sold {
            user: request.by.user.clone(),
            kind: product.kind().clone(),
            product: product.id().clone(),
            name: product.name().in_language(request.language).clone(),
            price,
            grants: product.grants().to_vec(),
            upgrade,
            upgrade_worth: product.upgrade_worth_in(list.currency()).filter(|worth| *worth != list),
        }),
        method: request.method,
        account,
        policy: settings.policy,
        hash: request.hash,
    })
}

fn list_price(product: &Product, request: &CreateRequest, settings: &Settings) -> Option<Money> {
    let provider = request.method.provider();
    let taken = |price: &&Money| provider.takes(price.currency());
    if let Some(currency) = request.currency {
        return product.price_in(currency).filter(|price| taken(&price));
    }
    let preferred = settings.stripe_currency.and_then(|currency| product.price_in(currency));
    preferred.filter(|price| taken(&price)).or_else(|| product.prices().iter().find(taken).copied())
}

/// Prices an upgrade for this user. What is paid for the orders behind the lower spans is looked up first.
async fn price_upgrade<P: Create>(
    ports: &P,
    wallet: &Wallet,
    product: &Product,
    list: Money,
    method: Method,
) -> Result<(Money, Upgrade), Failure> {
    let to = product.membership().ok_or(Refusal::NothingToUpgrade)?;
    let lower = wallet.spans().iter().filter(|span| span.tier.rank < to.tier().rank);
    let orders = lower.filter_map(|span| span.source.granted()).map(|granted| granted.order);
    let basis = UpgradeBasis::load(ports, orders, list.currency()).await?;
    let least = least(method, list.currency());
    Ok(wallet::price(wallet, to, list, least, wallet.as_of(), |no| basis.of(no))?)
}

/// Goes on with what an earlier request of this key did.
async fn follow<P: Create>(
    ports: &P,
    is_paused: bool,
    request: &CreateRequest,
    claim: Claim,
    breaker: &Breaker,
    deadline: Time,
) -> Result<Payable, Failure> {
    if claim.frozen.hash != request.hash {
        return Err(Refusal::IdempotencyConflict.into());
    }
    let silent = ports.now() > claim.since.plus(OPENING_TIMEOUT);
    match claim.state {
        ClaimState::Done => {
            let order = load(ports, claim.frozen.no).await?;
            show_again(ports, order, &request.payer, &claim).await
        }
        ClaimState::Refused => Err(refused(&claim.frozen)),
        ClaimState::Running if !silent => Err(Refusal::InProgress.into()),
        ClaimState::Running | ClaimState::Idle => take_over(ports, is_paused, request, claim, breaker, deadline).await,
    }
}

/// The owner gave up or died. The next one goes on with what the first decided.
async fn take_over<P: Create>(
    ports: &P,
    is_paused: bool,
    request: &CreateRequest,
    claim: Claim,
    breaker: &Breaker,
    deadline: Time,
) -> Result<Payable, Failure> {
    let is_over = ports.now() >= claim.frozen.expire_at;
    // An order that does not exist yet counts as new, even if an earlier request began it.
    if (is_over || is_paused) && ports.load_order(claim.frozen.no).await?.is_none() {
        return Err(if is_over { Refusal::Expired } else { Refusal::Paused }.into());
    }
    breaker.check(&claim.frozen.account, ports.now())?;
    let owner = claim.owner.saturating_add(1);
    let n = AttemptNo::new(owner).filter(|_| owner <= MOST_OWNERS).ok_or(Refusal::TooManyAttempts)?;
    let ours = Claim { owner, since: ports.now(), state: ClaimState::Running, ..claim.clone() };
    if ports.move_claim(&claim, &ours).await? != Claimed::Yes {
        return Err(Refusal::InProgress.into());
    }
    match ports.load_order(ours.frozen.no).await? {
        Some(order) => {
            let done = finish(ports, &ours, ClaimState::Done, None).await;
            show_again(ports, order, &request.payer, &done).await
        }
        None => open(ports, &ours.frozen, n, request, Some(&ours), breaker, deadline).await,
    }
}

/// Opens the trade, then writes the order. If the process dies in between, it leaves a trade that no buyer was shown.
async fn open<P: Create>(
    ports: &P,
    frozen: &Frozen,
    n: AttemptNo,
    request: &CreateRequest,
    claim: Option<&Claim>,
    breaker: &Breaker,
    deadline: Time,
) -> Result<Payable, Failure> {
    let payment_no = frozen.no.payment(n);
    let payer = request.payer.of_order(frozen.no);
    let trade = NewTrade {
        payment_no,
        method: frozen.method,
        account: &frozen.account,
        sold: &frozen.sold,
        expire_at: frozen.expire_at,
        payer: &payer,
    };
    let opened = create_trade(ports, trade, breaker).await;
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => return Err(give_up(ports, frozen, claim, error, &request.by).await),
    };
    // A key that was taken over late opens its trade now, whenever its order was decided.
    let begun_at = claim.map_or(frozen.created_at, |claim| claim.since);
    let attempt = Attempt::opening(n, frozen.method, frozen.account.clone(), begun_at)
        .opened(opened.handle, opened.payable_until);
    let new = NewOrder {
        no: frozen.no,
        created_at: frozen.created_at,
        expire_at: frozen.expire_at,
        sold: frozen.sold.clone(),
        policy: frozen.policy,
    };
    let mut order = Order::new(new, attempt);
    let taken = order.claim(ports.now(), May::All);
    // Without an answer it is unknown whether the order was written, so the claim stays until its owner has timed out.
    match ports.save_order(&order).await? {
        Saved::Yes => {
            order_created(&order);
            // The order itself names its buyer and when they made it.
            if request.by.role != Role::User {
                record_creation(ports, &order, &request.by).await;
            }
            if let Some(claim) = claim {
                finish(ports, claim, ClaimState::Done, Shown::of(n, &opened.show)).await;
            }
            let order = perform(ports, order, taken, deadline).await.order;
            // A claim that was taken over late can be past the order's end; its attempt was closed just now.
            Ok(Payable { show: Some(opened.show).filter(|_| order.is_payable(n)), order })
        }
        Saved::Conflict(winner) => {
            let winner = winner.ok_or(Failure::Unavailable)?;
            if let Some(claim) = claim {
                finish(ports, claim, ClaimState::Done, None).await;
            }
            // No buyer was shown our trade, so it is closed. The winner can also be our own write, whose answer was
            // lost and which the store's client repeated: only we have our attempt's number.
            if let Some(ours) = order.attempt(n).filter(|_| winner.attempt(n).is_none()) {
                let _ = ports.close(Asked::about(&order, ours)).await;
            }
            show(ports, *winner, &request.payer).await
        }
    }
}

async fn give_up<P: Create>(
    ports: &P,
    frozen: &Frozen,
    claim: Option<&Claim>,
    error: CreateError,
    by: &Caller,
) -> Failure {
    let outcome = match error {
        CreateError::Refused => Outcome::ProviderRefused,
        CreateError::Unanswered => Outcome::Unanswered,
    };
    record_call(ports, frozen.no, &frozen.account, outcome, Some(by)).await;
    if let Some(claim) = claim {
        match error {
            CreateError::Refused => finish(ports, claim, ClaimState::Refused, None).await,
            CreateError::Unanswered => finish(ports, claim, ClaimState::Idle, None).await,
        };
    }
    match error {
        CreateError::Refused => refused(frozen),
        CreateError::Unanswered => Failure::Provider { provider: frozen.account.provider, refused: false },
    }
}

const fn refused(frozen: &Frozen) -> Failure {
    Failure::Provider { provider: frozen.account.provider, refused: true }
}

/// Records the result of a claim, and what the buyer is shown. If this is lost, the next owner finds the result in the store.
async fn finish<P: Create>(ports: &P, claim: &Claim, state: ClaimState, shown: Option<Shown>) -> Claim {
    let finished = Claim { state, shown: shown.or_else(|| claim.shown.clone()), ..claim.clone() };
    let _ = ports.move_claim(claim, &finished).await;
    finished
}
