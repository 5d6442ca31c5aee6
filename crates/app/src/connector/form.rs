//! The form of a connector.

use domain::connector::{HostKey, SSH_PORT, Sftp, Way, parse_folder, parse_host, parse_user};
use domain::form::{Faults, FieldFault};
use serde::{Deserialize, Serialize};

/// A connector as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectorForm {
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
}

impl ConnectorForm {
    /// Reads the form.
    pub fn read(&self) -> Result<Way, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let host = faults.take("host", parse_host(&self.host));
        let number = |text: &str| text.parse().ok().filter(|port| *port > 0).ok_or("write a port from 1 to 65535");
        let port =
            if self.port.trim().is_empty() { Some(SSH_PORT) } else { faults.take("port", number(self.port.trim())) };
        let user = faults.take("user", parse_user(&self.user));
        let host_key = faults.take("host_key", HostKey::parse(&self.host_key));
        let folder = faults.take("folder", parse_folder(&self.folder));
        let way = (|| Some(Sftp { host: host?, port: port?, user: user?, host_key: host_key?, folder: folder? }))();
        faults.finish(way.map(Way::Sftp))
    }
}

impl From<&Way> for ConnectorForm {
    /// The connector as it stands, to change.
    fn from(way: &Way) -> Self {
        let Way::Sftp(Sftp { host, port, user, host_key, folder }) = way;
        Self {
            host: host.clone(),
            port: port.to_string(),
            user: user.clone(),
            host_key: host_key.as_str().to_owned(),
            folder: folder.clone(),
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
        };
        let way = good.read().unwrap();
        assert_eq!(way.place(), "prac17@sftp.relay.example:22");
        assert_eq!(ConnectorForm::from(&way).read().unwrap(), way);
        let wrong = ConnectorForm { port: "0".to_owned(), folder: "..".to_owned(), ..ConnectorForm::default() };
        let fields: Vec<String> = wrong.read().unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["host", "port", "user", "host_key", "folder"]);
    }
}
