//! Our own plain words for the codes that decide what a biller does next.
//!
//! The full lists belong to X12 and are licensed; a practice imports them. An unknown code is `None`, never a guess and never a fault:
//! the lists change three times a year.

/// A code in words, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    /// What it means.
    pub meaning: &'static str,
    /// What to do; empty when there is nothing to do.
    pub action: &'static str,
}

#[expect(clippy::unnecessary_wraps, reason = "every arm of the tables below is an optional answer")]
const fn say(meaning: &'static str, action: &'static str) -> Option<Plain> {
    Some(Plain { meaning, action })
}

/// A claim adjustment reason code (CAS02).
pub fn adjustment_reason(code: &str) -> Option<Plain> {
    match code {
        "1" => say("Counts toward the patient's deductible", "Bill the next payer, or the patient"),
        "2" => say("The patient's share in percent (coinsurance)", "Bill the next payer, or the patient"),
        "3" => say("The patient's fixed share (copay)", "Bill the patient, unless it was paid at the visit"),
        "18" => say(
            "The payer already has this claim or line",
            "Find the first one before sending anything again; if it was meant as a correction, send a replacement",
        ),
        "22" => say(
            "Another plan should pay first",
            "Ask the patient about other coverage, bill that plan, then this one with its answer",
        ),
        "23" => say("Takes into account what an earlier payer paid or adjusted", ""),
        "29" => say(
            "Sent after the payer's deadline",
            "Appeal with proof that it was sent in time; otherwise write it off, the patient does not owe it",
        ),
        "45" => say("Above the agreed or allowed fee", "Write it off where there is a contract"),
        "50" => say(
            "The payer does not find it medically necessary",
            "Check diagnosis and policy; appeal with notes, or bill the patient where a signed notice allows it",
        ),
        "96" => say("Not covered by the plan", "Read the remark codes with it; bill the patient where the plan allows"),
        "97" => say(
            "Included in the payment for another service",
            "Check modifiers and coding; write it off when the bundling is right",
        ),
        "197" => say(
            "Authorization or notice before the service was missing",
            "Look for an authorization number and send a replacement, or ask for one after the fact",
        ),
        _ => None,
    }
}

/// Who bears an adjustment (CAS01).
pub fn adjustment_group(code: &str) -> Option<Plain> {
    match code {
        "CO" => say("Written off under the contract", "Do not bill the patient"),
        "PR" => say("Owed by the patient or the next payer", "Bill the next payer, or the patient"),
        "OA" => say(
            "Neither written off nor owed by the patient",
            "Read the reason; with 23 it is what an earlier payer did",
        ),
        "PI" => say(
            "Reduced by the payer on its own account",
            "Do not bill the patient; appeal when there is no contract for it",
        ),
        _ => None,
    }
}

/// What became of a claim (CLP02).
pub fn claim_status(code: &str) -> Option<Plain> {
    match code {
        "1" => say("Processed as the first payer", ""),
        "2" => say("Processed as the second payer", ""),
        "3" => say("Processed as the third payer", ""),
        "4" => say("Denied", "Read the reasons; correct and send a replacement, or appeal"),
        "19" => say("Processed as the first payer and sent on to the next", "Do not bill the next payer yourself"),
        "20" => say("Processed as the second payer and sent on to the next", "Do not bill the next payer yourself"),
        "21" => say("Processed as the third payer and sent on to the next", "Do not bill the next payer yourself"),
        "22" => {
            say("An earlier payment is taken back", "Post it against that payment; a corrected claim usually follows")
        }
        "23" => say("Not this payer's claim; sent on to another", "Wait for the other payer's answer"),
        "25" => say("An estimate, not a payment", ""),
        _ => None,
    }
}

/// A claim status category (STC01-1) of a 277CA or 277.
pub fn status_category(code: &str) -> Option<Plain> {
    match code {
        "A0" => say("Passed on to another party", "Wait for that party's answer"),
        "A1" => say("Received, not yet taken in", "Wait for the payer's own answer"),
        "A2" => say("Accepted for a decision; the payer's clock runs", ""),
        "A3" => say("Returned, never processed", "Correct it and send it as a new claim"),
        "A4" => {
            say("Not found in the receiver's system", "Check that it was sent, and to whom; send it as a new claim")
        }
        "A5" => say("Split into several claims", "Expect an answer for each part"),
        "A6" => say("Refused: information is missing", "Add it and send it as a new claim"),
        "A7" => say("Refused: information is not valid", "Correct it and send it as a new claim"),
        "A8" => say("Refused: fields contradict each other", "Correct them and send it as a new claim"),
        _ => match code.as_bytes().first() {
            Some(b'P') => say("Pending with the payer", ""),
            Some(b'R') => say("The payer asks for more information", "Send what is asked for"),
            Some(b'F') => say("The payer has decided", "Look for the remittance"),
            Some(b'E') => say("The question could not be answered", "Correct the inquiry, or ask again later"),
            Some(b'D') => say("No such claim was found", "Check payer, patient, date and amount"),
            _ => None,
        },
    }
}

/// What a claim status code (STC01-2) is about. With a category that refuses, it names what is wrong.
pub fn status_code(code: &str) -> Option<&'static str> {
    Some(match code {
        "19" | "20" => "the claim as a whole",
        "21" => "missing or invalid information",
        "24" => "approval to send claims electronically",
        "26" => "a person or organization that was not found",
        "33" => "a subscriber who was not found",
        "54" => "a copy of a claim that the payer already has",
        "85" => "another payer who comes first",
        "97" => "the patient's eligibility",
        "116" => "a claim for another payer",
        "122" => "missing or invalid data",
        "125" => "name",
        "126" => "address",
        "128" => "tax number",
        "145" => "specialty or taxonomy code",
        "153" => "identifier",
        "158" => "date of birth",
        "164" => "member number",
        "178" => "submitted charges",
        "187" | "188" => "dates of service",
        "218" => "drug code (NDC)",
        "249" => "place of service",
        "254" => "first diagnosis",
        "255" => "diagnosis",
        "400" => "amounts that do not add up",
        "402" => "an amount that must be above zero",
        "453" => "modifiers of a service",
        "454" | "507" => "code of a service",
        "464" => "the payer's claim number",
        "476" => "units of a service",
        "477" => "pointer to a diagnosis",
        "481" => "format of the claim",
        "496" => "permission to send claims for this provider",
        "500" => "ZIP code",
        "535" => "claim frequency",
        "562" => "NPI",
        "746" => "a file that the receiver already has",
        _ => return None,
    })
}

/// Whom a status is about (STC01-3, NM101).
pub fn entity(code: &str) -> Option<&'static str> {
    Some(match code {
        "1P" => "the provider",
        "36" => "the employer",
        "40" => "the receiver",
        "41" => "the submitter",
        "77" => "the place of service",
        "82" => "the rendering provider",
        "85" => "the billing provider",
        "DN" => "the referring provider",
        "DQ" => "the supervising provider",
        "IL" => "the subscriber",
        "PR" => "the payer",
        "QC" => "the patient",
        _ => return None,
    })
}

/// A note of an interchange acknowledgment (TA105).
pub fn interchange_note(code: &str) -> Option<Plain> {
    match code {
        "000" => say("Nothing is wrong", ""),
        "001" => say("The control number at the end is not the one at the start", "Have the file written anew"),
        "002" | "003" => say("The receiver does not take this version", "Check the version agreed with the partner"),
        "004" => say("The segment terminator is not valid", "Check the delimiters agreed with the partner"),
        "005" | "006" => say(
            "The sender's id is not known to the receiver",
            "Check the sender id and qualifier in the partner's settings",
        ),
        "007" | "008" => {
            say("The receiver's id is not right", "Check the receiver id and qualifier in the partner's settings")
        }
        "009" => say("The receiver is not known", "Check the receiver id in the partner's settings"),
        "010" | "011" | "012" | "013" => {
            say("The authorization or security fields are not valid", "Leave them empty, or as the partner asks")
        }
        "014" | "015" => say("The date or time is not valid", "Check the clock"),
        "016" | "017" => {
            say("The standard or version of the interchange is not valid", "Check the version agreed with the partner")
        }
        "018" => say("The control number is not valid", "Use a new number of nine digits"),
        "019" => say("The request for an acknowledgment is not valid", ""),
        "020" => say(
            "The test or production flag is not valid for this receiver",
            "Check whether this partner is still in testing",
        ),
        "021" | "022" => say("The groups do not match the count or the structure", "Have the file written anew"),
        "023" => say("The file ends too early", "Send it again"),
        "024" => say("The content is not valid", "Look for a 999 that says where"),
        "025" => say("The control number was used before", "Was the file sent twice? If not, use a new number"),
        "026" | "027" => say("A separator is not valid", "Check the delimiters agreed with the partner"),
        "028" | "029" | "030" | "031" => {
            say("The receiver could not take the file for reasons of its own format", "Ask the receiver")
        }
        _ => None,
    }
}

/// What is wrong with a segment (IK304).
pub fn segment_error(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "the segment is not known",
        "2" => "the segment is not expected here",
        "3" => "a required segment is missing",
        "4" => "the loop comes too often",
        "5" => "the segment comes too often",
        "6" => "the segment does not belong to this transaction",
        "7" => "the segment is out of order",
        "8" => "elements of the segment are wrong",
        "I4" => "the guide does not use this segment",
        "I6" => "a segment that this situation needs is missing",
        "I7" => "the loop comes too seldom",
        "I8" => "the segment comes too seldom",
        "I9" => "the segment may not be used in this situation",
        _ => return None,
    })
}

/// What is wrong with an element (IK403).
pub fn element_error(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "it is required and missing",
        "2" => "it is required because of another element and missing",
        "3" => "there are too many elements",
        "4" => "it is too short",
        "5" => "it is too long",
        "6" => "it has a character that is not allowed",
        "7" => "its code is not valid",
        "8" => "it is not a date",
        "9" => "it is not a time",
        "10" => "it excludes another element that is present",
        "12" => "it is repeated too often",
        "13" => "it has too many components",
        "I6" => "the guide does not use this code",
        "I9" => "this situation needs it and it is missing",
        "I10" => "the guide does not use it",
        "I11" => "it is repeated too seldom",
        "I12" => "it does not have the form that is asked for",
        "I13" => "it may not be used in this situation",
        _ => return None,
    })
}

/// Why a transaction set was refused (IK502).
pub fn set_error(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "the receiver does not take this transaction",
        "2" => "its trailer (SE) is missing",
        "3" => "the control numbers of header and trailer differ",
        "4" => "the count of segments is wrong",
        "5" => "segments are wrong",
        "6" => "the transaction's kind is not valid",
        "7" => "the control number is not valid",
        "23" => "the control number repeats in the group",
        "I5" => "segments break the guide",
        "I6" => "the receiver does not take this guide",
        _ => return None,
    })
}

/// Why a functional group was refused (AK905).
pub fn group_error(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "the receiver does not take this kind of group",
        "2" => "the receiver does not take this version",
        "3" => "the group's trailer (GE) is missing",
        "4" => "the control numbers of header and trailer differ",
        "5" => "the count of transactions is wrong",
        "6" => "the control number is not valid",
        _ => return None,
    })
}

/// A provider-level adjustment (PLB03-1). A positive amount lowers the payment.
pub fn provider_adjustment(code: &str) -> Option<Plain> {
    match code {
        "WO" => say("An overpayment is recovered", "Match it to the reversal that announced it"),
        "FB" => {
            say("A balance is carried to or from another payment", "Expect the opposite amount in another remittance")
        }
        "L6" => say("Interest; a negative amount is paid to you", "Post it as interest, not to a patient"),
        "72" => say("A refund of yours was received", "Match it to the refund"),
        "CS" => say("A correction by the payer", "Ask the payer when the reference does not explain it"),
        "J1" => say("Not reimbursable", ""),
        "LE" => say("Withheld for a tax authority or court", ""),
        "AP" => say("An advance is given or taken back", "Expect later payments to be lower"),
        "CV" => say("Capital costs", ""),
        "IR" => say("Tax withheld", ""),
        "LS" => say("A lump sum", ""),
        "50" => say("A charge for sending late", ""),
        "E3" => say("Withheld under the contract", "May be paid out at the end of the year"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_that_decide_have_words() {
        for code in ["1", "2", "3", "18", "22", "29", "45", "50", "96", "97", "197"] {
            assert!(adjustment_reason(code).is_some(), "CARC {code}");
        }
        for code in ["A0", "A1", "A2", "A3", "A4", "A6", "A7", "A8", "F1", "P0"] {
            assert!(status_category(code).is_some(), "category {code}");
        }
        assert_eq!((status_code("164"), entity("IL")), (Some("member number"), Some("the subscriber")));
        assert_eq!((status_code("0"), entity("ZZ")), (None, None));
        for number in 0..=31 {
            assert!(interchange_note(&format!("{number:03}")).is_some(), "TA1 note {number}");
        }
        assert_eq!(adjustment_reason("9999"), None);
        assert_eq!(adjustment_group("CR"), None, "a group that 5010 does not have");
        // A3 is a refusal: the claim was never in.
        assert!(status_category("A3").is_some_and(|p| p.action.contains("new claim")));
    }
}
