//! The form of a connector.

use domain::connector::{
    HostKey, Https, SSH_PORT, Sftp, Way, parse_authority, parse_folder, parse_host, parse_url, parse_user,
};
use domain::form::{Faults, FieldFault};
use serde::{Deserialize, Serialize};

/// A connector as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectorForm {
    /// How files travel: `https`, or SFTP.
    pub way: String,
    /// Name or address of the partner's server.
    pub host: String,
    /// Port; blank is the usual one.
    pub port: String,
    /// Who we are there.
    pub user: String,
    /// The server's host key, or its fingerprint.
    pub host_key: String,
    /// The folder for our files.
    pub folder: String,
    /// Where files are posted to.
    pub url: String,
    /// Where an assertion gets a token.
    pub token_url: String,
    /// Who we are there.
    pub client_id: String,
    /// What we ask for.
    pub scope: String,
    /// Who vouches for the partner's server.
    pub authority: String,
}

impl ConnectorForm {
    /// Whether it is about requests over TLS.
    pub fn is_https(&self) -> bool {
        self.way == "https"
    }

    /// Reads the form.
    pub fn read(&self) -> Result<Way, Vec<FieldFault>> {
        if self.is_https() { self.https().map(Way::Https) } else { self.sftp().map(Way::Sftp) }
    }

    fn sftp(&self) -> Result<Sftp, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let host = faults.take("host", parse_host(&self.host));
        let port = match self.port.trim() {
            "" => Some(SSH_PORT),
            text => {
                let port = text.parse().ok().filter(|port| *port > 0);
                faults.take("port", port.ok_or("write a port from 1 to 65535"))
            }
        };
        let user = faults.take("user", parse_user(&self.user));
        let host_key = faults.take("host_key", HostKey::parse(&self.host_key));
        let folder = faults.take("folder", parse_folder(&self.folder));
        faults.finish((|| Some(Sftp { host: host?, port: port?, user: user?, host_key: host_key?, folder: folder? }))())
    }

    fn https(&self) -> Result<Https, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let url = faults.take("url", parse_url(&self.url));
        let token_url = faults.take("token_url", parse_url(&self.token_url));
        let client_id = faults.take("client_id", parse_user(&self.client_id));
        let authority = faults.optional("authority", &self.authority, parse_authority);
        let scope = self.scope.split_whitespace().collect::<Vec<_>>().join(" ");
        if scope.len() > 200 || !scope.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            faults.add("scope", "write the scopes that the partner named, apart by spaces");
        }
        let read = || Some(Https { url: url?, token_url: token_url?, client_id: client_id?, scope, authority });
        let read = read();
        faults.finish(read)
    }
}

impl From<&Way> for ConnectorForm {
    /// The connector as it stands, to change.
    fn from(way: &Way) -> Self {
        match way.clone() {
            Way::Sftp(Sftp { host, port, user, host_key, folder }) => {
                let (port, host_key) = (port.to_string(), host_key.as_str().to_owned());
                Self { host, port, user, host_key, folder, ..Self::default() }
            }
            Way::Https(Https { url, token_url, client_id, scope, authority }) => {
                let (way, authority) = ("https".to_owned(), authority.unwrap_or_default());
                Self { way, url, token_url, client_id, scope, authority, ..Self::default() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_whole_or_every_field_says_what_is_wrong() {
        let good = ConnectorForm {
            host: "sftp.relay.example".to_owned(),
            port: String::new(),
            user: "prac17".to_owned(),
            host_key: "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA".to_owned(),
            folder: "in".to_owned(),
            ..ConnectorForm::default()
        };
        let way = good.read().unwrap();
        assert_eq!(way.place(), "prac17@sftp.relay.example:22");
        assert_eq!(ConnectorForm::from(&way).read().unwrap(), way);
        let wrong = ConnectorForm { port: "0".to_owned(), folder: "..".to_owned(), ..ConnectorForm::default() };
        let fields: Vec<String> = wrong.read().unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["host", "port", "user", "host_key", "folder"]);
        let good = ConnectorForm {
            way: "https".to_owned(),
            url: "https://relay.example/claims".to_owned(),
            token_url: "https://relay.example/token".to_owned(),
            client_id: "prac17".to_owned(),
            ..ConnectorForm::default()
        };
        let way = good.read().unwrap();
        assert_eq!((way.place().as_str(), way.can_look()), ("https://relay.example/claims", false));
        assert_eq!(ConnectorForm::from(&way).read().unwrap(), way);
        let wrong = ConnectorForm { authority: "x".to_owned(), way: "https".to_owned(), ..ConnectorForm::default() };
        let fields: Vec<String> = wrong.read().unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["url", "token_url", "client_id", "authority"]);
    }
}
