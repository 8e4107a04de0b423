(() => {
  'use strict';
  const query = new URLSearchParams(location.search);
  query.delete('e');
  const at = (part) => `${location.pathname.replace(/\/+$/, '')}${part}?${query}`;
  // A refusal is told once: not again after a reload.
  history.replaceState(null, '', at(''));

  const find = (name) => document.getElementById(name);
  const json = { accept: 'application/json' };
  let main = find('main');
  let skew = Date.now() / 1000 - main.dataset.now;
  let view = main.dataset.view;
  let over = 'final' in main.dataset;
  let asked = 0, last = 0, timer = 0, sockets = 0, socket = null, ping = 0, release = null;

  // Tabs of one order tell each other what they see, and only one that is visible asks.
  const name = `till ${location.pathname}`;
  const channel = 'BroadcastChannel' in window ? new BroadcastChannel(name) : null;
  if (channel) channel.onmessage = (event) => { if (event.data !== view) show(); };

  async function show() {
    const answer = await fetch(at(''), { cache: 'no-store' });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (!fresh) return;
    const hadFocus = main.contains(document.activeElement);
    main.replaceWith(fresh);
    main = fresh;
    if (hadFocus) { main.tabIndex = -1; main.focus(); }
    if (!answer.ok) { over = true; return stop(); }
    view = main.dataset.view;
    skew = Date.now() / 1000 - main.dataset.now;
    over = 'final' in main.dataset;
    if (over) stop();
  }

  async function look() {
    clearTimeout(timer);
    last = Date.now();
    asked += 1;
    try {
      const answer = await fetch(at('/status'), { headers: json, cache: 'no-store' });
      if (answer.status === 404) { over = true; stop(); return location.reload(); }
      if (!answer.ok) throw answer;
      const now = await answer.json();
      find('offline').hidden = true;
      if (now.view !== view) { await show(); if (channel) channel.postMessage(view); }
      if (now.is_final) { over = true; return stop(); }
    } catch (e) {
      find('offline').hidden = navigator.onLine;
    }
    later();
  }

  // While a socket is open, what it does not tell is asked for now and then.
  function later() {
    clearTimeout(timer);
    if (over || !release || asked >= 80) return;
    const open = socket && socket.readyState === 1;
    const seconds = open || asked >= 40 ? 30 : asked >= 10 ? 10 : 3;
    timer = setTimeout(look, seconds * 1000);
  }

  async function listen() {
    if (over || !release || socket || sockets >= 5) return;
    sockets += 1;
    try {
      const answer = await fetch(at('/ticket'), { method: 'POST', headers: json });
      if (!answer.ok || !release) return;
      socket = new WebSocket((await answer.json()).url);
      socket.onopen = () => { ping = setInterval(() => socket.send('ping'), 480000); later(); };
      socket.onmessage = (event) => { if (event.data !== 'pong') look(); };
      socket.onclose = () => { clearInterval(ping); socket = null; later(); if (release) setTimeout(listen, 5000 * sockets); };
    } catch (e) { /* without a socket the page asks more often */ }
  }

  function stop() {
    clearTimeout(timer);
    if (socket) { socket.onclose = null; clearInterval(ping); socket.close(); socket = null; }
    if (release) { release(); release = null; }
  }

  function start() {
    if (over || document.hidden || release) return;
    const lead = () => new Promise((done) => {
      if (over || document.hidden || release) return done();
      release = done;
      listen();
      if (Date.now() - last > 3000 && asked) look(); else later();
    });
    if (navigator.locks) navigator.locks.request(name, lead).catch(() => {}); else lead();
  }

  document.addEventListener('visibilitychange', () => { if (document.hidden) stop(); else start(); });
  window.addEventListener('pageshow', (event) => { if (event.persisted) { asked = Math.max(asked, 1); show(); start(); } });
  window.addEventListener('online', () => { find('offline').hidden = true; look(); });
  window.addEventListener('offline', () => { find('offline').hidden = false; });

  function tell(text) {
    let line = document.querySelector('.error');
    if (!line) {
      line = document.createElement('p');
      line.className = 'error';
      line.setAttribute('role', 'alert');
      main.before(line);
    }
    line.textContent = text;
  }

  async function way(answer) {
    const body = await answer.json();
    if (!answer.ok) { tell(body.msg); return null; }
    const line = document.querySelector('.error');
    if (line) line.remove();
    return body;
  }

  document.addEventListener('submit', async (event) => {
    const form = event.target;
    event.preventDefault();
    for (const button of document.querySelectorAll('button')) button.disabled = true;
    try {
      const body = await way(await fetch(form.action, { method: 'POST', headers: json, body: new URLSearchParams(new FormData(form)) }));
      if (body && body.pay_url) return location.assign(body.pay_url);
      await show();
      if (channel) channel.postMessage(view);
      later();
    } catch (e) {
      // The server answers a form that is sent without script, too.
      return form.submit();
    } finally {
      for (const button of document.querySelectorAll('button')) button.disabled = false;
    }
  });

  document.addEventListener('click', async (event) => {
    if (event.target.id !== 'jsapi' || !window.WeixinJSBridge) return;
    const body = await way(await fetch(at('/go'), { headers: json }));
    if (body && body.pay_params) window.WeixinJSBridge.invoke('getBrandWCPayRequest', body.pay_params, look);
  });

  setInterval(() => {
    const end = main.querySelector('time[data-end]');
    if (!end) return;
    const left = Math.ceil(end.dataset.end - (Date.now() / 1000 - skew));
    const two = (n) => String(n).padStart(2, '0');
    const label = main.querySelector('[data-within]');
    label.textContent = label.dataset.within;
    end.textContent = left > 0 ? `${two(Math.floor(left / 60))}:${two(left % 60)}` : '00:00';
    if (left <= 0 && !end.dataset.over) { end.dataset.over = '1'; look(); }
  }, 1000);

  start();
})();
