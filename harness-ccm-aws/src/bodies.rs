//! Responses of a limited length: the SDK reads each whole, whatever its length.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_runtime_api::shared::IntoShared as _;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body_util::{LengthLimitError, Limited};

/// The maximum length of a response, in MiB. The longest page of AWS has several hundred kB.
pub(crate) const MOST_MIB: usize = 16;

/// The same client, whose responses end with an error if they are longer than [`MOST_MIB`].
pub(crate) fn bounded(client: SharedHttpClient) -> SharedHttpClient {
    Bounded(client).into_shared()
}

/// Whether a call failed because its response was too long.
pub(crate) fn is_too_long(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<LengthLimitError>() {
            return true;
        }
        next = cause.source();
    }
    false
}

#[derive(Debug)]
struct Bounded<T>(T);

impl HttpClient for Bounded<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Bounded(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), Box<dyn StdError + Send + Sync>> {
        self.0.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), Box<dyn StdError + Send + Sync>> {
        self.0.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

impl HttpConnector for Bounded<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let limit = |body| SdkBody::from_body_1_x(Limited::new(body, MOST_MIB << 20));
            Ok(answer.await?.map(limit))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(length: usize) -> Result<usize, Box<dyn StdError + Send + Sync>> {
        use http_body_util::BodyExt as _;
        let body = Limited::new(SdkBody::from(vec![b'x'; length]), MOST_MIB << 20);
        Ok(SdkBody::from_body_1_x(body).collect().await?.to_bytes().len())
    }

    #[tokio::test]
    async fn an_answer_of_the_longest_length_is_read_and_a_longer_one_ends_with_an_error() {
        assert_eq!(read(MOST_MIB << 20).await.unwrap(), MOST_MIB << 20);
        let error = read((MOST_MIB << 20) + 1).await.unwrap_err();
        assert!(is_too_long(&*error), "{error}");
        assert!(!is_too_long(&std::io::Error::other("something else")));
    }
}
