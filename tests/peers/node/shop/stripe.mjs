// A merchant at the sandbox's Stripe, with stripe.

import assert from 'node:assert/strict';

import { hex, paymentNo, seconds } from '../lib.mjs';
import { Stripe } from '../sdks.mjs';

export async function shopAtStripe({ checks, ear, pay, base, settings }) {
  const check = (name, run) => checks.run(`sandbox, stripe: ${name}`, run);
  const { hostname: host, port, protocol } = new URL(base);
  const connect = (key) =>
    new Stripe(key, { host, port, protocol: protocol.slice(0, -1), telemetry: false, maxNetworkRetries: 0 });
  const stripe = connect(settings.secret_key);

  /** The first event of such a type about an object, once the SDK has verified it. */
  const event = (type, holds) =>
    ear.next(({ path, headers, body }) => {
      if (path !== '/stripe') return undefined;
      const made = Stripe.webhooks.constructEvent(body, headers['stripe-signature'], settings.webhook_secret);
      return made.type.match(type) && holds(made.data.object) ? made.data.object : undefined;
    });
  const refused = async (call, status, code) => {
    const error = await call.then(
      () => assert.fail('it is not refused'),
      (why) => why,
    );
    assert.equal(error.statusCode, status, error.message);
    if (code) assert.equal(error.code ?? error.type, code);
  };
  const session = (payment_no, options) => {
    const metadata = { order_no: payment_no, payment_no };
    return stripe.checkout.sessions.create(
      {
        mode: 'payment',
        client_reference_id: payment_no,
        metadata,
        payment_intent_data: { metadata },
        expires_at: seconds() + 2400,
        line_items: [
          {
            quantity: 1,
            price_data: { currency: 'usd', unit_amount: 1999, product_data: { name: 'Membership & 会员' } },
          },
        ],
        payment_method_types: ['card'],
        success_url: `${ear.base}/back`,
        cancel_url: `${ear.base}/back`,
      },
      options,
    );
  };
  const intent = (payment_no) =>
    stripe.paymentIntents.create({
      amount: 1999,
      currency: 'usd',
      metadata: { order_no: payment_no, payment_no },
      payment_method_types: ['card'],
    });

  const number = paymentNo();
  let id;
  let paid;
  await check('session: creates, and is open', async () => {
    const made = await session(number);
    assert.match(made.url, /^https?:\/\//);
    id = made.id;
    const said = await stripe.checkout.sessions.retrieve(id);
    assert.deepEqual(
      [said.status, said.payment_status, said.amount_total, said.currency],
      ['open', 'unpaid', 1999, 'usd'],
    );
    assert.equal(said.metadata.payment_no, number);
  });
  await check('session: pays, and the event is believed', async () => {
    await pay(number);
    paid = (await stripe.checkout.sessions.retrieve(id)).payment_intent;
    const said = await event(/^checkout\.session\.completed$/, (object) => object.id === id);
    assert.deepEqual([said.payment_status, said.metadata.payment_no, said.amount_total], ['paid', number, 1999]);
    assert.equal(said.payment_intent, paid);
  });
  await check('session and payment intent: paid', async () => {
    const said = await stripe.checkout.sessions.retrieve(id);
    assert.deepEqual([said.status, said.payment_status, said.payment_intent], ['complete', 'paid', paid]);
    const of = await stripe.paymentIntents.retrieve(paid);
    assert.deepEqual([of.status, of.amount_received, of.metadata.payment_no], ['succeeded', 1999, number]);
  });
  await check('session: a paid one does not expire', () => refused(stripe.checkout.sessions.expire(id), 400));

  await check('refund: a part, retrieved and listed, and the event is believed', async () => {
    const refund_no = `${number}R1`;
    const made = await stripe.refunds.create(
      { payment_intent: paid, amount: 999, metadata: { order_no: number, refund_no } },
      { idempotencyKey: refund_no },
    );
    assert.ok(['pending', 'succeeded'].includes(made.status));
    const said = await event(/^refund\.(created|updated)$/, (object) => object.id === made.id);
    assert.deepEqual([said.amount, said.payment_intent, said.metadata.refund_no], [999, paid, refund_no]);
    const found = await stripe.refunds.retrieve(made.id);
    assert.deepEqual([found.status, found.amount, found.payment_intent], ['succeeded', 999, paid]);
    const { data } = await stripe.refunds.list({ payment_intent: paid });
    assert.deepEqual(
      data.map((one) => one.id),
      [made.id],
    );
    const again = await stripe.refunds.create(
      { payment_intent: paid, amount: 999, metadata: { order_no: number, refund_no } },
      { idempotencyKey: refund_no },
    );
    assert.equal(again.id, made.id, 'the same key is the same refund');
  });
  await check('refund: more than is left is refused', () =>
    refused(stripe.refunds.create({ payment_intent: paid, amount: 1999 }), 400),
  );

  await check('session: expires', async () => {
    const made = await session(paymentNo());
    assert.equal((await stripe.checkout.sessions.expire(made.id)).status, 'expired');
    assert.equal((await stripe.checkout.sessions.retrieve(made.id)).status, 'expired');
  });
  await check('idempotency: the same key is the same session, and with other parameters an error', async () => {
    const idempotencyKey = hex(16);
    const another = paymentNo();
    const metadata = { payment_no: another };
    const create = (amount) => stripe.paymentIntents.create({ amount, currency: 'usd', metadata }, { idempotencyKey });
    assert.equal((await create(1999)).id, (await create(1999)).id);
    await refused(create(2000), 400);
  });
  await check('payment intent: creates, pays, and the event is believed', async () => {
    const another = paymentNo();
    const made = await intent(another);
    assert.ok(made.client_secret.startsWith(`${made.id}_secret_`));
    assert.equal((await stripe.paymentIntents.retrieve(made.id)).status, 'requires_payment_method');
    await pay(another);
    const said = await event(/^payment_intent\.succeeded$/, (object) => object.id === made.id);
    assert.deepEqual([said.amount_received, said.metadata.payment_no], [1999, another]);
  });
  await check('payment intent: cancels', async () => {
    const made = await intent(paymentNo());
    assert.equal((await stripe.paymentIntents.cancel(made.id)).status, 'canceled');
    assert.equal((await stripe.paymentIntents.retrieve(made.id)).status, 'canceled');
  });
  await check('an unknown session', () =>
    refused(stripe.checkout.sessions.retrieve('cs_test_unknown'), 404, 'resource_missing'),
  );
  await check('an unknown key', () => refused(connect(`sk_test_${hex(12)}`).paymentIntents.retrieve('pi_x'), 401));
}
