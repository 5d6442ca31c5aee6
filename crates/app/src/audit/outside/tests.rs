//! Everybody who keeps something of the log: files, and a witness that answers from memory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use domain::access::Role;
use domain::audit::Act;
use domain::compliance::Verdict;
use store::audit::{LogKey, Verifier};
use tlog::witness::{Refusal, Submission, cosign, judge};
use tlog::{Hash, Note, Signer as _, VerifierKey, WitnessKey};

use super::{BESIDE, Keeper, Outside, Place, Reach, Reply, Wire, WitnessState, held_path};
use crate::audit::LogFilter;
use crate::compliance::{Probe, ProbeEnv};
use crate::fixture::{Practice, person};

/// A witness by the rules, in memory, that can be told to be away or to keep what it holds to itself.
#[derive(Default)]
struct Memory {
    known: Vec<VerifierKey>,
    held: Option<(u64, Hash, Note)>,
    away: bool,
    mute: bool,
}

struct Server(Arc<Mutex<Memory>>, LogKey);

const NAME: &str = "accountant.test/w1";

fn signer() -> LogKey {
    LogKey::from_seed(&store::keys::Key::new([9; 32])).unwrap()
}

impl Wire for Server {
    fn ask(&self, path: &str, body: Option<&[u8]>) -> Result<Reply, String> {
        let mut memory = self.0.lock().unwrap();
        let answer = |status, body: String| Ok(Reply { status, body: body.into_bytes() });
        if memory.away {
            return Err("did not answer".to_owned());
        }
        let Some(body) = body else {
            let newest = memory.held.as_ref().map(|(.., note)| note.clone());
            let name = |note: &Note| held_path(note.text().lines().next().unwrap());
            return match newest.filter(|note| name(note) == path && !memory.mute) {
                None => answer(404, String::new()),
                Some(mut note) => {
                    note.push(cosign(&note, NAME, &self.1, 1_780_000_600).unwrap()).unwrap();
                    answer(200, note.to_string())
                }
            };
        };
        assert_eq!(path, "add-checkpoint");
        let submission = Submission::parse(body).unwrap();
        let held = memory.held.as_ref().map(|(size, root, _)| (*size, *root));
        match judge(&submission, &memory.known, |_| held, &Verifier) {
            Ok(new) => {
                memory.held = Some((new.size, new.root, submission.checkpoint.clone()));
                let line = cosign(&submission.checkpoint, NAME, &self.1, 1_780_000_500).unwrap();
                answer(200, format!("\u{2014} stranger.test/w1 {}\n{line}\n", "AAAA".repeat(20)))
            }
            Err(Refusal::Stale { held }) => answer(409, format!("{held}\n")),
            Err(refusal) => answer(refusal.status(), refusal.to_string()),
        }
    }
}

/// A practice with a record beside its key, a folder on a stick, and a witness that knows its log.
fn watched() -> (Practice, Arc<Mutex<Memory>>) {
    let mut practice = Practice::new();
    let (keys, stick) = (practice.folder.path().join("keys"), practice.folder.path().join("stick"));
    std::fs::create_dir(&stick).unwrap();
    let known = vec![practice.app.store.log_key().unwrap()];
    let memory = Arc::new(Mutex::new(Memory { known, ..Memory::default() }));
    let key = WitnessKey::new(NAME, signer().public_key()).unwrap();
    let server = Box::new(Server(Arc::clone(&memory), signer()));
    let keeper = |name: &str, place| Keeper { name: name.to_owned(), place };
    practice.app.outside = Outside::new(vec![
        keeper(BESIDE, Place::Beside(keys)),
        keeper("stick", Place::Folder(stick)),
        keeper("accountant", Place::Witness(key, server)),
    ]);
    (practice, memory)
}

fn grow(practice: &Practice, events: usize) {
    for _ in 0..events {
        practice.app.store.record(practice.app.system_event(Act::ServerStarted, "test")).unwrap();
    }
    practice.app.store.checkpoint().unwrap();
}

fn states(practice: &Practice) -> Vec<(String, WitnessState, Option<u64>)> {
    let rows = practice.app.store.read("rows", store::audit::outside::witnesses).unwrap();
    rows.into_iter().map(|row| (row.name, row.state, row.seen.map(|seen| seen.size))).collect()
}

/// Closes the practice, does something to its data directory, and opens it again.
fn reopened(practice: Practice, meanwhile: impl FnOnce(&Path)) -> Practice {
    let Practice { mut app, clock, folder } = practice;
    let options = app.store.options().clone();
    drop(app.store);
    meanwhile(&options.data);
    app.store = store::Store::open(options).unwrap();
    Practice { app, clock, folder }
}

fn copied(practice: Practice) -> (Practice, PathBuf) {
    let copy = practice.folder.path().join("copy");
    (reopened(practice, |data| copy_folder(data, &copy)), copy)
}

fn put_back(practice: Practice, copy: &Path) -> Practice {
    reopened(practice, |data| {
        std::fs::remove_dir_all(data).unwrap();
        copy_folder(copy, data);
    })
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn s_tec_13_everybody_sees_each_checkpoint_and_nobody_minds_a_log_that_grows() {
    let (practice, memory) = watched();
    assert_eq!(practice.app.witness_round(Reach::Everybody).unwrap(), Vec::<String>::new(), "nothing to show yet");
    for size in [3, 300, 300, 301] {
        let here = practice.app.store.read("size", store::audit::latest_size).unwrap();
        grow(&practice, usize::try_from(size - here).unwrap());
        assert_eq!(practice.app.witness_round(Reach::Everybody).unwrap(), Vec::<String>::new());
        let size = Some(u64::try_from(size).unwrap());
        let seen = |name: &str| (name.to_owned(), WitnessState::Seen, size);
        assert_eq!(states(&practice), [seen("accountant"), seen("stick"), seen(BESIDE)]);
        let found = practice.app.compare_outside(Reach::Everybody).unwrap();
        assert_eq!((found.agree, found.contradict.len(), found.unasked.len()), (3, 0, 0));
    }
    // A witness that forgot what we last heard of it says where to begin.
    memory.lock().unwrap().held = None;
    grow(&practice, 5);
    practice.app.witness_round(Reach::Everybody).unwrap();
    assert_eq!(states(&practice)[0].2, Some(306));
    let events = practice.app.store.read("size", store::audit::latest_size).unwrap();
    assert_eq!(events, 306, "showing the log is not an event of it, or it would never rest");
}

#[test]
fn s_tec_13_a_copy_put_back_is_told_by_each_of_them_alone() {
    for alone in [BESIDE, "stick", "accountant"] {
        for after in [0, 6, 40] {
            let (mut practice, _memory) = watched();
            practice.app.outside.keepers.retain(|keeper| keeper.name == alone);
            grow(&practice, 10);
            practice.app.witness_round(Reach::Everybody).unwrap();
            let (practice, copy) = copied(practice);
            grow(&practice, 7);
            practice.app.witness_round(Reach::Everybody).unwrap();
            let practice = put_back(practice, &copy);
            grow(&practice, after);
            let found = practice.app.compare_outside(Reach::Everybody).unwrap();
            let words: Vec<String> = found.faults().collect();
            let expected = if after < 7 { "an older copy was put back" } else { "the log was rewritten" };
            assert!(words.len() == 1 && words[0].starts_with(alone) && words[0].contains(expected), "{words:?}");
            let report = practice.app.verify_data().unwrap();
            assert_eq!((&report["ok"], &report["faults"][0]), (&false.into(), &words[0].clone().into()));
            // The round says the same, keeps it, writes it into the log once, and shows nobody the other history.
            for _ in 0..2 {
                assert_eq!(practice.app.witness_round(Reach::Everybody).unwrap(), [alone]);
            }
            assert_eq!(states(&practice)[0].1, WitnessState::Contradicts);
            let counts =
                practice.app.store.read("counts", |tx| store::audit::read::counts(tx, domain::Instant::default()));
            assert!(counts.unwrap().contains(&("audit.contradicted".to_owned(), 1)));
            assert_eq!(practice.app.compare_outside(Reach::Everybody).unwrap().contradict.len(), 1, "still");
        }
    }
}

#[test]
fn v_13_a_log_that_was_seen_otherwise_elsewhere_is_seen() {
    let (practice, _memory) = watched();
    grow(&practice, 10);
    practice.app.witness_round(Reach::Everybody).unwrap();
    assert_eq!(v_13(&practice).0, Verdict::Pass);
    let (practice, copy) = copied(practice);
    grow(&practice, 7);
    practice.app.witness_round(Reach::Everybody).unwrap();
    let practice = put_back(practice, &copy);
    let (verdict, said) = v_13(&practice);
    assert!(verdict == Verdict::Fail && said.contains("seen elsewhere: the record beside the key"), "{said}");
    practice.app.accept_restore("the disk of Tuesday died, put back by Dana").unwrap();
    assert_eq!(v_13(&practice).0, Verdict::Pass);
}

fn v_13(practice: &Practice) -> (Verdict, String) {
    let found = practice.app.run_probe(Probe::find("V-13").unwrap(), &ProbeEnv::default()).unwrap().finding;
    (found.verdict, found.said)
}

#[test]
fn s_tec_13_a_restore_on_purpose_is_accepted_with_its_reason_and_under_a_new_name() {
    let (practice, memory) = watched();
    grow(&practice, 10);
    let nothing = practice.app.accept_restore("the disk of Tuesday died, put back by Dana");
    assert!(nothing.unwrap_err().to_string().contains("nothing to accept"));
    let (practice, copy) = copied(practice);
    grow(&practice, 7);
    practice.app.witness_round(Reach::Everybody).unwrap();
    let practice = put_back(practice, &copy);
    assert!(practice.app.accept_restore("  short ").unwrap_err().to_string().contains("characters"));
    let accepted = practice.app.accept_restore("the disk of Tuesday died, put back by Dana").unwrap();
    assert_eq!(accepted.contradicted.len(), 3);
    let page = practice.app.audit_log(&person(Role::PrivacyOfficial), &LogFilter::default()).unwrap();
    let line = page.lines.iter().find(|line| line.sentence.contains("an older copy was put back")).unwrap();
    assert!(line.detail.contains("put back by Dana") && line.detail.contains("accountant: "), "{}", line.detail);
    assert_eq!((page.strip.restores[0].size, &page.strip.vkey), (10, &accepted.vkey));
    // The files follow. The witness is not told by us: its keeper is.
    let by = |name: &str| states(&practice).into_iter().find(|(n, ..)| n == name).unwrap();
    assert_eq!((by(BESIDE).1, by("stick").1), (WitnessState::Seen, WitnessState::Seen));
    assert_eq!(by("accountant"), ("accountant".to_owned(), WitnessState::Down, None));
    assert!(practice.app.compare_outside(Reach::Everybody).unwrap().ok());
    memory.lock().unwrap().known.push(accepted.vkey.parse().unwrap());
    memory.lock().unwrap().held = None;
    grow(&practice, 1);
    practice.app.witness_round(Reach::Everybody).unwrap();
    assert_eq!(by("accountant").1, WitnessState::Seen);
    // The first copy once more, from before the name: each of them tells.
    let mut practice = put_back(practice, &copy);
    let found = practice.app.compare_outside(Reach::Everybody).unwrap();
    assert_eq!(found.contradict.len(), 3, "{found:?}");
    assert!(found.faults().next().unwrap().contains("/r2`"), "{found:?}");
    practice.app.outside.keepers.retain(|keeper| keeper.name == "stick");
    let again = practice.app.accept_restore("the same copy was put back once more, by Dana").unwrap();
    assert!(again.vkey.contains("/r3+"), "a name that the log had is not given again: {}", again.vkey);
    assert!(practice.app.compare_outside(Reach::Everybody).unwrap().ok());
}

#[test]
fn a_witness_that_is_away_is_said_and_stops_nobody() {
    let (practice, memory) = watched();
    grow(&practice, 4);
    practice.app.witness_round(Reach::Everybody).unwrap();
    memory.lock().unwrap().away = true;
    std::fs::rename(practice.folder.path().join("stick"), practice.folder.path().join("unplugged")).unwrap();
    grow(&practice, 4);
    assert!(practice.app.witness_round(Reach::Everybody).unwrap().is_empty());
    let found = practice.app.compare_outside(Reach::Everybody).unwrap();
    assert_eq!((found.ok(), found.agree, found.unasked.len()), (true, 1, 2));
    let strip = |practice: &Practice| {
        let page = practice.app.audit_log(&person(Role::SecurityOfficial), &LogFilter::default()).unwrap();
        page.strip.witnesses.clone()
    };
    let accountant = strip(&practice).pop().unwrap();
    assert_eq!((accountant.name.as_str(), accountant.said.as_str()), ("accountant", "did not answer"));
    assert_eq!(
        (accountant.seen.map(|(_, size)| size), accountant.is_stale(practice.app.clock.now())),
        (Some(4), false)
    );
    assert!(!practice.folder.path().join("stick").exists(), "a folder that is missing is not made");
    practice.clock.wait(25 * 3600);
    assert!(strip(&practice).iter().all(|witness| witness.is_stale(practice.app.clock.now())));
    practice.app.witness_round(Reach::Everybody).unwrap();
    let stale: Vec<bool> = strip(&practice).iter().map(|w| w.is_stale(practice.app.clock.now())).collect();
    assert_eq!(stale, [false, true, true]);
}

#[test]
fn s_tec_13_a_pack_carries_what_witnesses_cosigned() {
    let (practice, memory) = watched();
    grow(&practice, 300);
    let pack = |name: &str| {
        let out = practice.folder.path().join(name);
        practice.app.export_audit(&out).unwrap();
        assert_eq!(crate::audit::verify_pack(&out, None).unwrap()["faults"], serde_json::json!([]));
        Note::parse(&std::fs::read(out.join("checkpoint")).unwrap()).unwrap()
    };
    let key = WitnessKey::new(NAME, signer().public_key()).unwrap();
    let cosigned = pack("cosigned");
    assert_eq!(tlog::witness::cosigned_at(&cosigned, &key, &Verifier), Ok(1_780_000_500));
    assert_eq!(cosigned.signatures().len(), 2, "no stranger's line is passed on");
    memory.lock().unwrap().away = true;
    assert_eq!(pack("alone").signatures().len(), 1, "who is away holds up no export");
}

#[test]
fn what_is_no_proof_is_no_contradiction() {
    let (practice, memory) = watched();
    grow(&practice, 9);
    practice.app.witness_round(Reach::Everybody).unwrap();
    // A witness that says it holds more, and does not show it, may be anybody on the way.
    {
        let mut memory = memory.lock().unwrap();
        let (_, root, note) = memory.held.clone().unwrap();
        memory.held = Some((5000, root, note));
        memory.mute = true;
    }
    grow(&practice, 1);
    practice.app.witness_round(Reach::Everybody).unwrap();
    assert_eq!(states(&practice)[0], ("accountant".to_owned(), WitnessState::Down, Some(9)));
    // Files that were spoilt say nothing, and the next checkpoint is kept all the same.
    let keys = practice.folder.path().join("keys");
    let seen = std::fs::read_dir(&keys).unwrap().flatten().map(|entry| entry.path());
    let seen = seen.filter(|path| path.extension().is_some_and(|e| e == "seen")).collect::<Vec<_>>();
    std::fs::write(&seen[0], b"\xff nothing\n").unwrap();
    assert!(practice.app.compare_outside(Reach::Near).unwrap().ok());
    practice.app.witness_round(Reach::Near).unwrap();
    assert_eq!(practice.app.compare_outside(Reach::Near).unwrap().agree, 2);
}
