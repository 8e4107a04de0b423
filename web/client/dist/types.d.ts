export type PaymentMethod = 'wechat_native' | 'wechat_jsapi' | 'wechat_h5' | 'alipay_qr' | 'alipay_page' | 'alipay_wap' | 'stripe_checkout' | 'stripe_intent';
/** A provider's name stands for its usual method. */
export type WantedMethod = PaymentMethod | 'wechat' | 'alipay' | 'stripe';
export type OrderState = 'pending' | 'paid' | 'cancelled' | 'refunded';
export type Fulfilment = 'none' | 'queued' | 'granted' | 'withheld' | 'revoking' | 'revoked';
/** What a buyer sends for a payment. */
export interface HowToPay {
    /** WeChat's name for the buyer: needed for `wechat_jsapi`. */
    openid?: string;
    /** Where the provider's page sends the buyer back to. */
    return_url?: string;
    /** The same for a buyer who gives up on Stripe's page. */
    cancel_url?: string;
}
export interface NewOrder extends HowToPay {
    product_type: string;
    product_id: string | number;
    payment_method: WantedMethod;
    currency?: string;
    is_upgrade?: boolean;
}
export interface Retry extends HowToPay {
    /** Without it, the method of the attempt before. */
    payment_method?: WantedMethod;
}
/** What WeChat's script takes inside WeChat. */
export interface WeChatParameters {
    appId: string;
    timeStamp: string;
    nonceStr: string;
    package: string;
    signType: string;
    paySign: string;
}
/** An order with an open payment; of the ways to pay, those of its method are there. */
export interface OpenOrder {
    order_no: string;
    status: OrderState;
    amount: number;
    amount_minor: number;
    currency: string;
    payment_method: PaymentMethod;
    /** The text of a QR code. */
    qr_code_url?: string;
    qr_code_expire_at?: string;
    /** A page of the provider. */
    pay_url?: string;
    /** The same as a form in HTML. */
    pay_form?: string;
    pay_params?: WeChatParameters;
    client_secret?: string;
    publishable_key?: string;
    /** Till's own page for the payment of this order. */
    checkout_url?: string;
    /** The address of a socket, good for a minute. */
    push_url?: string;
    /** Where the trade is paid, in a stage with the sandbox. */
    test_page_url?: string;
    expire_at: string;
}
export interface SoldProduct {
    product_type: string;
    product_id: string;
    name: string;
}
/** How the newest attempt to pay stands. */
export interface Attempt {
    method: PaymentMethod;
    state: 'opening' | 'open' | 'processing' | 'failed' | 'closed' | 'paid';
    qr_code_expire_at?: string;
    /** Why its last payment was declined: a stable word. */
    reason?: string;
}
/** Money that came and does not fit the order. */
export interface OddPayment {
    amount: number;
    amount_minor: number;
    currency: string;
    refunded_amount: number;
    state: 'in_review' | 'accepted' | 'returning' | 'returned';
}
export interface OrderStatus {
    order_no: string;
    status: OrderState;
    fulfilment: Fulfilment;
    amount: number;
    amount_minor: number;
    currency: string;
    /** What is back with the buyer. */
    refunded_amount: number;
    payment_method?: PaymentMethod;
    payment_time?: string;
    /** A person of the team must look at it. */
    on_hold: boolean;
    product: SoldProduct;
    attempt?: Attempt;
    odd_payment?: OddPayment;
    can_retry?: boolean;
    can_cancel?: boolean;
    attempts_left?: number;
    /** When this was answered: count down against it, not against the page's own clock. */
    server_time?: string;
    created_at: string;
    expire_at: string;
    /** The code to draw, for a page that was loaded again while it is open. */
    qr_code_url?: string;
    /** Leads on to the provider's page while that is open. */
    pay_url?: string;
    /** The order's page, while the order can be paid. */
    checkout_url?: string;
    /** With `refresh`: whether nothing is left to ask the providers. */
    refreshed?: boolean;
}
export interface OrderPage {
    orders: OrderStatus[];
    /** The cursor of the page after. */
    next: string | null;
}
export type Grant = {
    type: 'points';
    amount: number;
} | {
    type: 'membership';
    tier: string;
    days: number;
} | {
    type: 'quota';
    name: string;
    count: number;
    days: number;
};
export interface Price {
    currency: string;
    amount: number;
    amount_minor: number;
    /** What an upgrade counts of it later; null for a product without a membership. */
    upgrade_worth: number | null;
    upgrade_worth_minor: number | null;
    /** The methods that take it now. */
    payment_methods: PaymentMethod[];
}
export interface Product {
    product_type: string;
    product_id: string;
    name: string;
    description: string | null;
    grants: Grant[];
    prices: Price[];
    payment_methods: PaymentMethod[];
}
export interface Products {
    /** New orders are suspended. */
    paused: boolean;
    /** What the team tells buyers meanwhile, in their language. */
    paused_text: string | null;
    products: Product[];
}
export interface Wallet {
    user_id: string;
    points: number;
    membership: {
        tier: string | null;
        until: string | null;
        member_until: string | null;
        /** Without an order's number: given by the team. */
        spans: {
            order_no: string | null;
            tier: string;
            left_seconds: number;
            until: string;
        }[];
    };
    quotas: {
        name: string;
        left: number;
        lots: {
            order_no: string | null;
            left: number;
            ends_at: string;
        }[];
    }[];
    entries: LedgerEntry[];
}
export type LedgerEntry = {
    at: string;
    type: 'grant';
    order_no: string;
    grants: Grant[];
} | {
    at: string;
    type: 'revoke';
    order_no: string;
    points: number;
} | {
    at: string;
    type: 'spend';
    key: string;
    points: number;
    quota: Uses | null;
    reason: string;
} | ({
    at: string;
    type: 'admin_grant';
    grants: Grant[];
} & Partial<Command>) | ({
    at: string;
    type: 'admin_extend';
    tier: string;
    days: number;
} & Partial<Command>) | ({
    at: string;
    type: 'admin_revoke';
    taken: Portion;
    asked?: Portion;
} & Partial<Command>);
export interface Uses {
    name: string;
    count: number;
}
/** What the team alone sees of its own changes. */
export interface Command {
    key: string;
    reason: string;
}
/** A part of what a wallet holds. */
export interface Portion {
    points: number;
    quota: Uses | null;
    membership: {
        tier: string;
        seconds: number;
    } | null;
}
export interface PushTicket {
    url: string;
    expires_in: number;
}
/** What a socket says of an order. */
export interface Push {
    type: 'payment_success' | 'payment_failed' | 'order_cancelled' | 'order_refunded' | 'order_expiring';
    order_no: string;
}
/** The body of an error. */
export interface Problem {
    code: number;
    error: string;
    msg: string;
    request_id: string;
    data: Record<string, unknown> | null;
}
