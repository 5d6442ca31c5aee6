//! The practice's own networks: from there people work with whatever stands there.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::form::{FieldFault, parse_line};

/// The most networks that a practice names.
pub const MOST_NETWORKS: usize = 100;
/// The shortest prefixes: what is larger is a part of the Internet and nobody's office.
const SHORTEST: (u8, u8) = (8, 16);

/// A range of addresses, IPv4 or IPv6 (RFC 4632, section 3.1; RFC 4291, section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Range {
    first: IpAddr,
    bits: u8,
}

/// Why a text is no range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRange {
    /// Neither an address nor a range.
    #[error("`{0}` is no network: write it like 192.168.10.0/24 or 2001:db8:1::/48")]
    Unreadable(String),
    /// The address has bits beyond the prefix.
    #[error("`{0}` is an address within {1}: write the network")]
    Inside(String, Range),
    /// It is much more than an office.
    #[error("`{0}` is a large part of the Internet: name the networks that are the practice's own")]
    Large(String),
}

impl Range {
    /// Whether the address is in it. An IPv4 address that came as IPv6 is the same address.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(at)) => (u32::from(first) ^ u32::from(at)) & mask4(self.bits) == 0,
            (IpAddr::V6(first), IpAddr::V6(at)) => (u128::from(first) ^ u128::from(at)) & mask6(self.bits) == 0,
            _ => false,
        }
    }
}

fn mask4(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
}

fn mask6(bits: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
}

impl FromStr for Range {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let short: String = text.chars().take(60).collect();
        let unreadable = || BadRange::Unreadable(short.clone());
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let given: IpAddr = address.parse().map_err(|_| unreadable())?;
        let (most, shortest) = if given.is_ipv4() { (32, SHORTEST.0) } else { (128, SHORTEST.1) };
        let digits = |bits: &str| !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
        let bits: u8 = match bits {
            None => most,
            Some(bits) if digits(bits) => bits.parse().ok().filter(|n| *n <= most).ok_or_else(unreadable)?,
            Some(_) => return Err(unreadable()),
        };
        // An IPv4 range in the form of IPv6 would hold nothing: addresses are compared as what they are.
        if given != given.to_canonical() {
            return Err(unreadable());
        }
        if bits < shortest {
            return Err(BadRange::Large(short));
        }
        let first = match given {
            IpAddr::V4(v4) => IpAddr::from((u32::from(v4) & mask4(bits)).to_be_bytes()),
            IpAddr::V6(v6) => IpAddr::from((u128::from(v6) & mask6(bits)).to_be_bytes()),
        };
        let range = Self { first, bits };
        if first == given { Ok(range) } else { Err(BadRange::Inside(short, range)) }
    }
}

impl TryFrom<String> for Range {
    type Error = BadRange;

    fn try_from(text: String) -> Result<Self, BadRange> {
        text.parse()
    }
}

impl From<Range> for String {
    fn from(range: Range) -> Self {
        range.to_string()
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// A network of the practice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Its addresses, as the server sees them.
    pub range: Range,
    /// What people call it.
    pub name: String,
}

/// Where the practice's own networks are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Networks {
    /// Those that it named.
    pub own: Vec<Network>,
    /// Whether the server's own machine is on the premises. Behind a reverse proxy on the same machine everybody seems to be
    /// there, and then it must not be.
    pub loopback: bool,
}

impl Default for Networks {
    /// Until somebody has named any: the server's own machine and nothing else.
    fn default() -> Self {
        Self { own: Vec::new(), loopback: true }
    }
}

/// What the server's own machine is called where a network is named.
const HERE: &str = "the server's own machine";

impl Networks {
    /// The name of the practice's network that holds this address; nothing for what is outside, or no address at all.
    pub fn of(&self, source: &str) -> Option<&str> {
        let address = source.parse::<IpAddr>().ok()?.to_canonical();
        if self.loopback && address.is_loopback() {
            return Some(HERE);
        }
        // A loopback address is on no network that anybody can name.
        let named = || self.own.iter().find(|network| network.range.holds(address));
        (!address.is_loopback()).then(named).flatten().map(|network| network.name.as_str())
    }
}

/// The networks as typed: one a line, the range and then its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the text of what `Networks` documents")]
pub struct NetworksForm {
    pub own: String,
    pub loopback: String,
}

impl From<&Networks> for NetworksForm {
    fn from(networks: &Networks) -> Self {
        let lines: Vec<String> = networks.own.iter().map(|n| format!("{} {}", n.range, n.name)).collect();
        Self { own: lines.join("\n"), loopback: if networks.loopback { "yes".to_owned() } else { String::new() } }
    }
}

impl NetworksForm {
    /// Reads it.
    pub fn read(&self) -> Result<Networks, Vec<FieldFault>> {
        let fault = |message: String| vec![FieldFault { field: "own".to_owned(), message }];
        let mut own: Vec<Network> = Vec::new();
        for (at, line) in self.own.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
            let on_line = |why: String| fault(format!("line {}: {why}", at + 1));
            let (range, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let range: Range = range.parse().map_err(|e: BadRange| on_line(e.to_string()))?;
            let name =
                parse_line(name, 60).map_err(|_| on_line("give the network a name after its range".to_owned()))?;
            if own.iter().any(|other| other.range == range) {
                return Err(on_line(format!("`{range}` is there already")));
            }
            own.push(Network { range, name });
        }
        if own.len() > MOST_NETWORKS {
            return Err(fault(format!("these are more than {MOST_NETWORKS} networks: name larger ranges")));
        }
        Ok(Networks { own, loopback: self.loopback == "yes" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_holds_its_addresses_and_no_others() {
        for (text, inside, outside) in [
            ("192.168.10.0/24", "192.168.10.255", "192.168.11.0"),
            ("10.0.0.0/8", "10.255.1.2", "11.0.0.0"),
            ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
            ("192.0.2.0/25", "::ffff:192.0.2.127", "::ffff:192.0.2.128"),
            ("2001:db8:1::/48", "2001:db8:1:ffff::9", "2001:db8:2::"),
            ("fd00::/16", "fd00:ffff::1", "fd01::1"),
            ("2001:db8::1", "2001:db8::1", "2001:db8::2"),
        ] {
            assert!(range(text).holds(inside.parse().unwrap()), "{text} {inside}");
            assert!(!range(text).holds(outside.parse().unwrap()), "{text} {outside}");
        }
        assert!(!range("::/16").holds("0.0.0.1".parse().unwrap()), "the families are apart");
    }

    #[test]
    fn what_is_no_range_says_why() {
        for (text, words) in [
            ("office", "no network"),
            ("192.168.10.0/33", "no network"),
            ("192.168.10.0/+8", "no network"),
            ("192.168.10.0/", "no network"),
            ("192.168.10/24", "no network"),
            ("::ffff:192.0.2.0/120", "no network"),
            ("192.168.10.7/24", "within 192.168.10.0/24"),
            ("2001:db8::1/32", "within 2001:db8::/32"),
            ("0.0.0.0/0", "part of the Internet"),
            ("::/0", "part of the Internet"),
            ("64.0.0.0/7", "part of the Internet"),
        ] {
            let error = text.parse::<Range>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        assert_eq!(range("192.168.10.0/24").to_string(), "192.168.10.0/24");
    }

    #[test]
    fn s_phy_06_what_is_no_address_is_outside_and_loopback_is_as_it_is_set() {
        let typed =
            NetworksForm { own: "192.0.2.0/24  Main Street\n\n 127.0.0.0/8 odd\n".to_owned(), ..Default::default() };
        let mut networks = typed.read().unwrap();
        assert_eq!(networks.of("192.0.2.9"), Some("Main Street"));
        for source in ["", "self-check", "192.0.3.9", "192.0.2.9, 10.0.0.1", "127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(networks.of(source), None, "{source}");
        }
        networks.loopback = true;
        for source in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(networks.of(source), Some(HERE), "{source}");
        }
        assert_eq!(Networks::default().of("127.0.0.1"), Some(HERE));
        assert_eq!(Networks::default().of("192.168.1.5"), None, "nothing is inside until it is named");
    }

    #[test]
    fn a_form_reads_back_and_names_the_line_that_is_wrong() {
        let form =
            NetworksForm { own: "192.0.2.0/24 Main Street\n2001:db8::/32 Elm".to_owned(), loopback: "yes".to_owned() };
        assert_eq!(NetworksForm::from(&form.read().unwrap()), form);
        for (own, words) in [
            ("192.0.2.0/24", "line 1: give the network a name"),
            ("192.0.2.0/24 a\nhere b", "line 2: `here` is no network"),
            ("192.0.2.0/24 a\n192.0.2.0/24 b", "line 2: `192.0.2.0/24` is there already"),
        ] {
            let faults = NetworksForm { own: own.to_owned(), ..Default::default() }.read().unwrap_err();
            assert!(faults[0].message.starts_with(words), "{own}: {}", faults[0].message);
        }
    }
}
