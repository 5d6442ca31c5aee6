//! Passwords that leaked elsewhere: a list that the operator brings, looked up on the disk and never loaded.
//!
//! The list lies in the data directory, for all practices there. Behind a head of 32 bytes come the first eight bytes of each
//! password's SHA-1, ascending: a billion passwords take 8 GB, and one is found with some thirty reads. A password that never
//! leaked shares its eight bytes with one that did once in n/2^64 choices, which is never.

use std::cmp::Ordering;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use domain::Instant;
use domain::audit::Act;

use crate::{App, Error, Result};

/// The list's name in the data directory.
const NAME: &str = "leaked-passwords";
/// How the head begins; the instant (microseconds) and the number of passwords follow, eight bytes each, big-endian as all here.
const MAGIC: [u8; 16] = *b"wellkept leaked\n";
/// Bytes of the head.
const HEAD: u64 = 32;
/// No line of a corpus is longer, in bytes.
const LONGEST: u64 = 80;
/// After so many wrong lines the rest is not read.
const MOST_FAULTS: usize = 10;

/// What is known of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeakedList {
    /// How many passwords are in it.
    pub passwords: u64,
    /// When it was brought here.
    pub at: Instant,
}

/// What came of bringing one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many passwords are in the list now.
    pub passwords: u64,
    /// What is wrong, with the numbers of the lines; when anything is, the list is what it was before.
    pub faults: Vec<String>,
}

impl App {
    /// Takes a corpus of leaked passwords in place of the list that is here: one SHA-1 in hexadecimal, a colon and a count a
    /// line, ascending, as the public ones are handed out. It is read as it comes, whatever its size.
    pub fn import_leaked(&self, corpus: &Path) -> Result<Imported> {
        let from = File::open(corpus).map_err(failed(corpus))?;
        let (list, new) = (self.leaked_path(), self.leaked_path().with_extension("new"));
        let imported = write(BufReader::new(from), &new, self.clock.now()).map_err(failed(&new));
        let imported = match imported {
            Ok(imported) if imported.faults.is_empty() => imported,
            other => {
                // Half a list, or the list of a file that is no corpus.
                let _ = fs::remove_file(&new);
                return other;
            }
        };
        let event = self.system_event(Act::PracticeChanged, "command line").object("list", NAME);
        self.store.record(event.with("passwords", imported.passwords))?;
        fs::rename(&new, &list).map_err(failed(&list))?;
        Ok(imported)
    }

    /// The list that is here, if there is one.
    pub fn leaked_list(&self) -> Result<Option<LeakedList>> {
        let path = self.leaked_path();
        Ok(open(&path).map_err(failed(&path))?.map(|(_, list)| list))
    }

    /// Whether the password is in the list. A list that cannot be read is an error: a password is not let through unseen.
    pub(super) fn is_leaked(&self, password: &str) -> Result<bool> {
        let path = self.leaked_path();
        let Some((file, list)) = open(&path).map_err(failed(&path))? else { return Ok(false) };
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let Some(prefix) = hash.as_ref().first_chunk() else { return Ok(false) };
        holds(&file, list.passwords, u64::from_be_bytes(*prefix)).map_err(failed(&path))
    }

    fn leaked_path(&self) -> PathBuf {
        self.store.options().data.join(NAME)
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |e| Error::Store(store::Error::file(path, &e))
}

/// Writes the list of a corpus to a new file. With faults, what it has written is of no use.
fn write(mut corpus: impl BufRead, to: &Path, now: Instant) -> io::Result<Imported> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    let mut out = BufWriter::new(file);
    out.write_all(&[0; 32])?;
    let (mut imported, mut line, mut number, mut last) = (Imported::default(), Vec::new(), 0_u64, [0_u8; 20]);
    let mut prefix_before = None;
    while imported.faults.len() < MOST_FAULTS && corpus.by_ref().take(LONGEST).read_until(b'\n', &mut line)? > 0 {
        number += 1;
        match read_line(&line) {
            Some(hash) if hash >= last => {
                last = hash;
                let prefix = hash.first_chunk::<8>().copied();
                if let Some(prefix) = prefix.filter(|_| prefix != prefix_before) {
                    out.write_all(&prefix)?;
                    imported.passwords += 1;
                }
                prefix_before = prefix;
            }
            Some(_) => imported.faults.push(format!("line {number} is not in order: bring the corpus ordered by hash")),
            None => {
                imported.faults.push(format!("line {number} is not 40 hexadecimal digits, a colon and a count"));
                if !line.ends_with(b"\n") {
                    // Longer than any line of a corpus, so where the next one begins is anybody's guess.
                    break;
                }
            }
        }
        line.clear();
    }
    if number == 0 {
        imported.faults.push("the file is empty".to_owned());
    }
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.write_all_at(&MAGIC, 0)?;
    file.write_all_at(&now.micros().to_be_bytes(), 16)?;
    file.write_all_at(&imported.passwords.to_be_bytes(), 24)?;
    file.sync_all()?;
    Ok(imported)
}

/// The hash of a line, which ends as on Unix or as on Windows.
fn read_line(line: &[u8]) -> Option<[u8; 20]> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let (digits, rest) = line.strip_suffix(b"\r").unwrap_or(line).split_at_checked(40)?;
    let count = rest.strip_prefix(b":").filter(|count| !count.is_empty())?;
    let mut hash = [0; 20];
    hex::decode_to_slice(digits, &mut hash).ok()?;
    count.iter().all(u8::is_ascii_digit).then_some(hash)
}

/// Opens the list and looks whether it is whole.
fn open(path: &Path) -> io::Result<Option<(File, LeakedList)>> {
    let file = match File::open(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut magic = [0; 16];
    file.read_exact_at(&mut magic, 0)?;
    let (at, passwords) = (i64::from_be_bytes(eight(&file, 16)?), u64::from_be_bytes(eight(&file, 24)?));
    let bytes = passwords.checked_mul(8).and_then(|bytes| bytes.checked_add(HEAD));
    if magic != MAGIC || bytes != Some(file.metadata()?.len()) {
        let why = "this is no whole list of leaked passwords: bring it again with `wellkept passwords import`";
        return Err(io::Error::new(ErrorKind::InvalidData, why));
    }
    Ok(Some((file, LeakedList { passwords, at: Instant::from_micros(at) })))
}

/// Looks for eight bytes among so many, halving what is left.
fn holds(list: &File, passwords: u64, prefix: u64) -> io::Result<bool> {
    let (mut low, mut high) = (0, passwords);
    while low < high {
        let middle = low + (high - low) / 2;
        match u64::from_be_bytes(eight(list, HEAD + middle * 8)?).cmp(&prefix) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return Ok(true),
            Ordering::Greater => high = middle,
        }
    }
    Ok(false)
}

fn eight(file: &File, at: u64) -> io::Result<[u8; 8]> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Practice;

    /// A corpus of these passwords, as it is handed out.
    fn corpus(passwords: &[&str], end: &str) -> String {
        let hash = |p: &&str| hex::encode_upper(digest(&SHA1_FOR_LEGACY_USE_ONLY, p.as_bytes()));
        let mut hashes: Vec<String> = passwords.iter().map(hash).collect();
        hashes.sort();
        hashes.iter().map(|hash| format!("{hash}:3{end}")).collect()
    }

    fn import(practice: &Practice, text: &str) -> Imported {
        let file = practice.folder.path().join("corpus.txt");
        fs::write(&file, text).unwrap();
        practice.app.import_leaked(&file).unwrap()
    }

    #[test]
    fn every_password_of_a_corpus_is_found_and_no_other() {
        let practice = Practice::new();
        let leaked = |password: &str| practice.app.is_leaked(password).unwrap();
        assert!(!leaked("monkey 1"), "there is no list");
        let names: Vec<String> = (0..1000).map(|n| format!("monkey {n}")).collect();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        for (end, many) in [("\n", 1000), ("\r\n", 999)] {
            let imported = import(&practice, &corpus(&all[..many], end));
            assert_eq!(imported, Imported { passwords: u64::try_from(many).unwrap(), faults: Vec::new() });
            assert!(all[..many].iter().all(|password| leaked(password)));
            assert!((1000..2000).all(|n| !leaked(&format!("monkey {n}"))));
        }
        assert!(
            !leaked("monkey 999") && !leaked("Monkey 1") && !leaked(""),
            "the second list took the first one's place"
        );
        let bytes = fs::metadata(practice.app.leaked_path()).unwrap().len();
        assert_eq!(bytes, 32 + 999 * 8, "as documented");
    }

    #[test]
    fn wrong_lines_are_told_by_number_and_change_nothing() {
        let practice = Practice::new();
        import(&practice, &corpus(&["monkey 1"], "\n"));
        let before = practice.app.leaked_list().unwrap().unwrap();
        let (good, zeros) = (corpus(&["monkey 2"], "\n"), "0".repeat(40));
        let faults = |text: &str| import(&practice, text).faults;
        let wrong = faults(&format!("{good}\n{zeros}:1\n{zeros}:\n{zeros}\nmonkey 3\n"));
        let numbers: Vec<&str> = wrong.iter().filter_map(|fault| fault.split(' ').nth(1)).collect();
        assert_eq!(numbers, ["2", "3", "4", "5", "6"], "{wrong:?}");
        assert!(wrong[1].contains("order"), "{wrong:?}");
        assert_eq!(faults(&"x\n".repeat(1000)).len(), MOST_FAULTS);
        assert_eq!(
            faults(&format!("{good}{}", "x".repeat(100_000))).len(),
            1,
            "what has no lines is not held in memory"
        );
        assert_eq!(faults(""), ["the file is empty"]);
        assert_eq!(practice.app.leaked_list().unwrap(), Some(before));
        assert!(practice.app.is_leaked("monkey 1").unwrap() && !practice.app.is_leaked("monkey 2").unwrap());
        assert!(!practice.app.leaked_path().with_extension("new").exists(), "nothing half is left");
    }

    #[test]
    fn a_list_that_is_not_whole_lets_nothing_through() {
        let practice = Practice::new();
        import(&practice, &corpus(&["monkey 1", "monkey 2"], "\n"));
        let path = practice.app.leaked_path();
        let whole = fs::read(&path).unwrap();
        let longer = [&whole[..], &b"x"[..]].concat();
        for bytes in [whole[..40].to_vec(), whole[..20].to_vec(), Vec::new(), longer, vec![0; 48]] {
            fs::write(&path, bytes).unwrap();
            assert!(practice.app.is_leaked("monkey 3").is_err() && practice.app.leaked_list().is_err());
        }
    }
}
