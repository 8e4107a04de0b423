//! Mails to the team: published to the topic of the stage's alarms, to which its address is subscribed.

use till_app::ports::{SendMail, Unavailable};

use crate::aws::{Aws, missing_setting};
use crate::error::OrUnavailable as _;

impl SendMail for Aws {
    async fn send_mail(&self, subject: &str, text: &str) -> Result<(), Unavailable> {
        let topic = self.settings.alarm_topic_arn.as_deref().ok_or_else(|| missing_setting("ALARM_TOPIC_ARN"))?;
        let publish = self.clients.sns().publish().topic_arn(topic).subject(subject).message(text);
        publish.send().await.map(drop).or_unavailable("Publish")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_aws::{Reply, TestAws};

    const TOPIC: &str = "arn:aws:sns:eu-west-1:111111111111:till-test-alarms";

    #[tokio::test]
    async fn mail_is_published_to_the_topic() {
        let test = TestAws::with(&[("ALARM_TOPIC_ARN", TOPIC)]).await;
        let answer = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
        test.on_call(move |_| Reply::Answer(200, answer.to_owned()));
        assert_eq!(test.aws.send_mail("Till test: 1 alarm", "orphan & more").await, Ok(()));
        let calls = test.take_calls();
        assert_eq!(calls.len(), 1);
        for part in ["Action=Publish", "till-test-alarms", "Subject=Till%20test%3A%201%20alarm", "orphan%20%26%20more"]
        {
            assert!(calls[0].body.contains(part), "{part}: {}", calls[0].body);
        }
        test.on_call(|_| Reply::BrokenConnection);
        assert_eq!(test.aws.send_mail("a", "b").await, Err(Unavailable));
    }

    #[tokio::test]
    async fn mail_without_a_topic_is_not_sent() {
        let test = TestAws::new().await;
        assert_eq!(test.aws.send_mail("a", "b").await, Err(Unavailable));
        assert!(test.take_calls().is_empty());
    }
}
