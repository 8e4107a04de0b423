//! Routes a request to the provider whose path it has; everything else goes to the testers' pages.

use crate::desk::Sandbox;
use crate::http::{Request, Response};
use crate::ports::Ports;
use crate::{alipay, stripe, tester, wechat};

impl<P: Ports> Sandbox<P> {
    pub async fn handle(&self, request: &Request) -> Response {
        let request = request.inside(self.config.prefix());
        match request.parts().first().map(String::as_str) {
            Some("v3") => wechat::answer(self, &request).await,
            Some("gateway.do") => alipay::answer(self, &request).await,
            Some("v1") => stripe::answer(self, &request).await,
            _ => tester::answer(self, &request).await,
        }
    }
}
