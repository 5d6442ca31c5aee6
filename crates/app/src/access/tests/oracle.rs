//! The table of who may do what, by hand, from the duties of each role. It was not made from the policies and must not
//! be: its worth is that a mistake has to be made twice.

use domain::access::{Action, Role};
use domain::device::Origin;

use super::super::{FieldGroup, Reason, Request, Resource};
use super::{me, other};
use Action as A;
use FieldGroup::{AccountBalance, Appointments, Charges, Claims, Contact, Coverage, Guardians, Identity, VisitReason};

/// The things an action is done to, one letter each:
/// `P` practice, `T` patient, `r` a restricted patient whose record is not open to the account by name, `o` the own visit, `v` any other visit, `L` audit log, `S` own account, `A` other account, `C` compliance.
type Row = (Action, &'static str);

const FRONT_DESK: &[Row] = &[
    (A::PatientFind, "PT"),
    (A::PatientView, "T"),
    (A::PatientEdit, "PT"),
    (A::ScheduleView, "PT"),
    (A::ScheduleEdit, "PT"),
    (A::EmergencyOpen, "r"),
];

const BILLER: &[Row] = &[
    (A::PatientFind, "PT"),
    (A::PatientView, "T"),
    (A::ChargeView, "PTov"),
    (A::ClaimView, "PT"),
    (A::ClaimEdit, "PT"),
    (A::ClaimRelease, "PT"),
    (A::RemittanceView, "PT"),
    (A::RemittancePost, "PT"),
    (A::LedgerView, "PT"),
    (A::PayerView, "P"),
    (A::PayerEdit, "P"),
    (A::PartnerView, "P"),
];

const CLINICIAN: &[Row] = &[
    (A::PatientFind, "PT"),
    (A::PatientView, "T"),
    (A::ScheduleView, "PT"),
    (A::ScheduleEdit, "PT"),
    (A::ScheduleOverbook, "PT"),
    (A::ChargeView, "PTov"),
    (A::ChargeEdit, "o"),
    (A::ChargeSign, "o"),
    (A::EmergencyOpen, "r"),
];

const PRACTICE_MANAGER: &[Row] = &[
    (A::PatientFind, "PT"),
    (A::PatientView, "T"),
    (A::PatientEdit, "PT"),
    (A::ScheduleView, "PT"),
    (A::ScheduleEdit, "PT"),
    (A::ScheduleOverbook, "PT"),
    (A::ChargeView, "PTov"),
    (A::ChargeEdit, "ov"),
    (A::ClaimView, "PT"),
    (A::ClaimEdit, "PT"),
    (A::ClaimRelease, "PT"),
    (A::RemittanceView, "PT"),
    (A::RemittancePost, "PT"),
    (A::LedgerView, "PT"),
    (A::EmergencyReview, "PA"),
    (A::AuditView, "L"),
    (A::ReadinessView, "C"),
    (A::ProbeRun, "C"),
    (A::PayerView, "P"),
    (A::PayerEdit, "P"),
    (A::PartnerView, "P"),
    (A::PartnerEdit, "P"),
    (A::PracticeEdit, "P"),
    (A::AccountView, "PAS"),
    (A::AccountEdit, "PA"),
    (A::ReviewView, "P"),
    (A::ReviewDecide, "PA"),
    (A::DeviceView, "P"),
];

const SECURITY_OFFICIAL: &[Row] = &[
    (A::AlertReview, "PA"),
    (A::AuditView, "L"),
    (A::AuditExport, "L"),
    (A::ReadinessView, "C"),
    (A::ProbeRun, "C"),
    (A::PartnerView, "P"),
    (A::ConnectorEdit, "P"),
    (A::ClientView, "P"),
    (A::ClientEdit, "P"),
    (A::AccountView, "PAS"),
    (A::AccountEdit, "PA"),
    (A::ReviewView, "P"),
    (A::ReviewDecide, "PA"),
    (A::DeviceView, "P"),
    (A::DeviceEdit, "P"),
];

const PRIVACY_OFFICIAL: &[Row] = &[
    (A::PatientFind, "PT"),
    (A::PatientView, "T"),
    (A::PatientRestrict, "T"),
    (A::EmergencyReview, "PA"),
    (A::AlertReview, "PA"),
    (A::AuditView, "L"),
    (A::ReadinessView, "C"),
    (A::PartnerView, "P"),
    (A::PartnerEdit, "P"),
    (A::ClientView, "P"),
    (A::ReviewView, "P"),
    (A::DeviceView, "P"),
];

const AUDITOR: &[Row] = &[
    (A::AuditView, "L"),
    (A::AuditExport, "L"),
    (A::ReadinessView, "C"),
    (A::ClientView, "P"),
    (A::ReviewView, "P"),
    (A::DeviceView, "P"),
];

const SYSTEM_ADMINISTRATOR: &[Row] =
    &[(A::ReadinessView, "C"), (A::ProbeRun, "C"), (A::AccountView, "PAS"), (A::DeviceView, "P")];

const EVERYONE: &[Row] = &[(A::HomeView, "P"), (A::SelfManage, "S"), (A::PagePrint, "P"), (A::FileDownload, "P")];

/// What a role takes away from outside the practice's networks.
fn takes_away(role: Role, action: Action) -> bool {
    matches!((role, action), (Role::PracticeManager, A::PagePrint) | (Role::Auditor, A::AuditExport))
}

fn rows(role: Role) -> &'static [Row] {
    match role {
        Role::FrontDesk => FRONT_DESK,
        Role::Biller => BILLER,
        Role::Clinician => CLINICIAN,
        Role::PracticeManager => PRACTICE_MANAGER,
        Role::SecurityOfficial => SECURITY_OFFICIAL,
        Role::PrivacyOfficial => PRIVACY_OFFICIAL,
        Role::Auditor => AUDITOR,
        Role::SystemAdministrator => SYSTEM_ADMINISTRATOR,
    }
}

/// What each action can be done to at all.
fn applies(action: Action) -> &'static str {
    match action {
        A::PatientView | A::PatientRestrict | A::EmergencyOpen => "T",
        A::EmergencyReview | A::AlertReview => "PAS",
        A::PatientFind
        | A::PatientEdit
        | A::ScheduleView
        | A::ScheduleEdit
        | A::ScheduleOverbook
        | A::ClaimView
        | A::ClaimEdit
        | A::ClaimRelease
        | A::RemittanceView
        | A::RemittancePost
        | A::LedgerView => "PT",
        A::ChargeView => "PTov",
        A::ChargeEdit | A::ChargeSign => "ov",
        A::AuditView | A::AuditExport => "L",
        A::ReadinessView | A::ProbeRun => "C",
        A::PayerView
        | A::PayerEdit
        | A::PartnerView
        | A::PartnerEdit
        | A::ConnectorEdit
        | A::PracticeEdit
        | A::ClientView
        | A::ClientEdit
        | A::ReviewView
        | A::DeviceView
        | A::DeviceEdit
        | A::PagePrint
        | A::FileDownload
        | A::HomeView => "P",
        // What clients alone do.
        A::ClaimCollect | A::PostureReport | A::AlertRaise | A::EvidenceHandIn => "",
        A::AccountView | A::AccountEdit | A::ReviewDecide => "PAS",
        A::SelfManage => "AS",
    }
}

/// Actions that show or change a patient's information.
fn is_ephi(action: Action) -> bool {
    !matches!(
        action,
        A::ReadinessView
            | A::ProbeRun
            | A::PayerView
            | A::PayerEdit
            | A::PartnerView
            | A::PartnerEdit
            | A::ConnectorEdit
            | A::PracticeEdit
            | A::ClientView
            | A::ClientEdit
            | A::AccountView
            | A::AccountEdit
            | A::ReviewView
            | A::ReviewDecide
            | A::DeviceView
            | A::DeviceEdit
            | A::PagePrint
            | A::FileDownload
            | A::SelfManage
            | A::HomeView
    )
}

/// What no permission can give the role: the administrator sees no patient's information, the auditor the log's alone.
fn never(role: Role, action: Action) -> bool {
    match role {
        Role::SystemAdministrator => is_ephi(action),
        Role::Auditor => {
            is_ephi(action) && !matches!(action, A::AuditView | A::AuditExport | A::EmergencyReview | A::AlertReview)
        }
        _ => false,
    }
}

/// What the answer should be.
pub(super) fn expected(request: &Request) -> Result<(), Reason> {
    let Request { role, action, .. } = *request;
    let (letter, patient) = match &request.resource {
        Resource::Practice => ('P', None),
        Resource::Patient(patient) => ('T', Some(patient)),
        Resource::Visit(visit) if visit.clinician == Some(me()) => ('o', Some(&visit.patient)),
        Resource::Visit(visit) => ('v', Some(&visit.patient)),
        Resource::AuditLog => ('L', None),
        Resource::Account(account) if *account == other() => ('A', None),
        Resource::Account(_) => ('S', None),
        Resource::Compliance => ('C', None),
    };
    let reads = matches!(action, A::PatientView | A::ScheduleView | A::ChargeView);
    let outside = patient.is_some_and(|p| p.restricted && !p.circle.contains(&me()));
    let open_to_restricted =
        matches!(role, Role::PracticeManager | Role::PrivacyOfficial) || (request.emergency && reads);
    let takes = matches!(action, A::PagePrint | A::FileDownload | A::AuditExport);
    let fits = |letters: &str| letters.contains(letter) || (letters.contains('r') && letter == 'T' && outside);
    let in_table = |rows: &[Row]| rows.iter().any(|(a, letters)| *a == action && fits(letters));
    if !applies(action).contains(letter) {
        Err(Reason::NotApplicable)
    } else if request.disabled {
        Err(Reason::Disabled)
    } else if !request.mfa && action != A::SelfManage {
        Err(Reason::SecondFactor)
    } else if matches!(request.origin, Origin::Unknown(_)) {
        Err(Reason::Outside)
    } else if never(role, action) {
        Err(Reason::NeverForRole)
    } else if matches!(action, A::AccountEdit | A::EmergencyReview | A::AlertReview | A::ReviewDecide) && letter == 'S'
    {
        Err(Reason::OwnAccount)
    } else if patient.is_some_and(|p| p.denied.contains(&me())) {
        Err(Reason::DeniedByName)
    } else if outside && !open_to_restricted && action != A::EmergencyOpen {
        Err(Reason::Restricted)
    } else if takes && request.origin != Origin::Premises && !takes_away(role, action) {
        Err(Reason::Remote)
    } else if in_table(rows(role)) || in_table(EVERYONE) {
        Ok(())
    } else {
        Err(Reason::NotPermitted)
    }
}

/// Which parts of a patient's record the action should show to the role: what its duty needs, and no more. Sorted.
pub(super) fn expected_fields(role: Role, action: Action) -> Vec<FieldGroup> {
    use Role::{Biller, Clinician, FrontDesk, PracticeManager, PrivacyOfficial};
    let fields: &[FieldGroup] = match (role, action) {
        (FrontDesk | PracticeManager, A::PatientFind) => &[Identity, Contact],
        (Biller | Clinician | PrivacyOfficial, A::PatientFind) | (PrivacyOfficial, A::PatientRestrict) => &[Identity],

        (PracticeManager, A::PatientView) => FieldGroup::ALL,
        (FrontDesk, A::PatientView | A::ScheduleView) | (PracticeManager, A::ScheduleView) => {
            &[Identity, Contact, Guardians, Coverage, Appointments, AccountBalance]
        }
        (Clinician, A::PatientView) => &[Identity, Contact, Guardians, Coverage, Appointments, VisitReason, Charges],
        (Biller, A::PatientView) => &[Identity, Contact, Guardians, Coverage, Charges, Claims, AccountBalance],
        (PrivacyOfficial, A::PatientView) => &[Identity, Contact, Guardians],

        (FrontDesk | PracticeManager, A::PatientEdit) => &[Identity, Contact, Guardians, Coverage],
        (FrontDesk, A::ScheduleEdit) | (PracticeManager, A::ScheduleEdit | A::ScheduleOverbook) => {
            &[Identity, Contact, Guardians, Coverage, Appointments, VisitReason, AccountBalance]
        }
        (Clinician, A::ScheduleView | A::ScheduleEdit | A::ScheduleOverbook) => &[Identity, Appointments, VisitReason],

        (Clinician, A::ChargeView | A::ChargeEdit | A::ChargeSign) => &[Identity, Appointments, VisitReason, Charges],
        (Biller, A::ChargeView) => &[Identity, Coverage, Charges],
        (PracticeManager, A::ChargeView | A::ChargeEdit) => &[Identity, Coverage, Appointments, Charges],

        (Biller | PracticeManager, A::ClaimView | A::ClaimEdit | A::ClaimRelease) => {
            &[Identity, Contact, Guardians, Coverage, Charges, Claims]
        }
        (Biller | PracticeManager, A::RemittanceView | A::RemittancePost) => {
            &[Identity, Coverage, Charges, Claims, AccountBalance]
        }
        (Biller | PracticeManager, A::LedgerView) => &[Identity, Charges, Claims, AccountBalance],
        _ => &[],
    };
    fields.to_vec()
}
