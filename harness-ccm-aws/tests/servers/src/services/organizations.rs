//! AWS Organizations: its accounts, tree and tags, with twenty per page.

use serde_json::{Value, json};

use crate::state::cloud::Cloud;
use crate::state::organization::{CloudUnit, MANAGEMENT, ORGANIZATION, ROOT};
use crate::state::principal::Principal;
use crate::wire::call::AwsCall;
use crate::wire::failure::Failure;
use crate::wire::fields::Fields;

/// The maximum number of results in a page.
const PAGE: usize = 20;

pub(crate) fn handle(cloud: &Cloud, call: &AwsCall, caller: &Principal) -> Result<Value, Failure> {
    let fields = Fields(&call.parameters);
    let is_member = cloud.accounts.get(&caller.account).is_some_and(|account| account.parent.is_some());
    let organization = &cloud.organization;
    if !is_member {
        let message = "Your account is not a member of an organization.";
        return Err(Failure::new(400, "AWSOrganizationsNotInUseException", message));
    }
    let may_ask = caller.account == MANAGEMENT || organization.delegated.contains(&caller.account);
    if !may_ask && call.action != "DescribeOrganization" {
        let message = "You don't have permissions to access this resource.";
        return Err(Failure::new(400, "AccessDeniedException", message));
    }
    let listing = Listing { cloud, fields };
    match call.action.as_str() {
        "DescribeOrganization" => Ok(json!({"Organization": {
            "Id": ORGANIZATION,
            "Arn": format!("arn:{}:organizations::{MANAGEMENT}:organization/{ORGANIZATION}", cloud.partition()),
            "FeatureSet": "ALL",
            "MasterAccountId": MANAGEMENT,
        }})),
        "ListRoots" => listing.page("Roots", &[()], |()| json!({"Id": ROOT, "Name": "Root"})),
        "ListAccounts" => {
            let members = listing.members(|_| true);
            listing.page("Accounts", &members, |id| account(cloud, id))
        }
        "ListAccountsForParent" => {
            let parent = listing.parent()?;
            let members = listing.members(|place| place == parent);
            listing.page("Accounts", &members, |id| account(cloud, id))
        }
        "ListOrganizationalUnitsForParent" => {
            let parent = listing.parent()?;
            let units: Vec<_> = organization.units.iter().filter(|unit| unit.parent == parent).collect();
            listing.page("OrganizationalUnits", &units, |unit| self::unit(cloud, unit))
        }
        "ListParents" => {
            let child = need(fields, "ChildId")?;
            let parent =
                listing.place(child).or_else(|| organization.unit(child).map(|unit| unit.parent.as_str()));
            let Some(parent) = parent else { return Err(not_found("Child")) };
            let kind = if parent == ROOT { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
            listing.page("Parents", &[parent], |parent| json!({"Id": parent, "Type": kind}))
        }
        "DescribeAccount" => {
            let id = need(fields, "AccountId")?;
            listing.place(id).ok_or_else(|| not_found("Account"))?;
            Ok(json!({"Account": account(cloud, id)}))
        }
        "DescribeOrganizationalUnit" => {
            let unit = organization.unit(need(fields, "OrganizationalUnitId")?);
            let unit = unit.ok_or_else(|| not_found("OrganizationalUnit"))?;
            Ok(json!({"OrganizationalUnit": self::unit(cloud, unit)}))
        }
        "ListTagsForResource" => {
            let id = need(fields, "ResourceId")?;
            let is_node = id == ROOT || organization.unit(id).is_some();
            if !is_node && listing.place(id).is_none() {
                return Err(not_found("Target"));
            }
            let tags: Vec<_> = cloud.accounts.get(id).into_iter().flat_map(|account| &account.tags).collect();
            listing.page("Tags", &tags, |(key, value)| json!({"Key": key, "Value": value}))
        }
        other => Err(Failure::new(400, "UnknownOperationException", format!("{other} is not known"))),
    }
}

fn need<'a>(fields: Fields<'a>, name: &str) -> Result<&'a str, Failure> {
    let missing =
        || Failure::new(400, "InvalidInputException", format!("You specified an invalid value: {name}"));
    fields.get(name).ok_or_else(missing)
}

fn not_found(what: &str) -> Failure {
    let message = format!("You specified a {} that doesn't exist.", what.to_lowercase());
    Failure::new(400, format!("{what}NotFoundException"), message)
}

struct Listing<'a> {
    cloud: &'a Cloud,
    fields: Fields<'a>,
}

impl<'a> Listing<'a> {
    /// The parent of a member, unless only the listing still knows it.
    fn place(&self, id: &str) -> Option<&'a str> {
        let cloud: &'a Cloud = self.cloud;
        if cloud.organization.left.contains(id) {
            return None;
        }
        cloud.accounts.get(id).and_then(|account| account.parent.as_deref())
    }

    fn members(&self, stands: impl Fn(&str) -> bool) -> Vec<&'a str> {
        let all = self.cloud.accounts.iter();
        let members = all.filter(|(_, account)| account.parent.as_deref().is_some_and(&stands));
        members.map(|(id, _)| id.as_str()).collect()
    }

    fn parent(&self) -> Result<&'a str, Failure> {
        let parent = need(self.fields, "ParentId")?;
        let exists = parent == ROOT || self.cloud.organization.unit(parent).is_some();
        if exists { Ok(parent) } else { Err(not_found("Parent")) }
    }

    /// Twenty of `items`, or an empty page.
    fn page<T>(&self, key: &str, items: &[T], item: impl Fn(&T) -> Value) -> Result<Value, Failure> {
        let bad = |name: &str| {
            Failure::new(400, "InvalidInputException", format!("You specified an invalid value: {name}"))
        };
        let token = self.fields.get("NextToken").unwrap_or("0");
        let (is_empty, start) = match token.strip_prefix("empty-") {
            Some(start) => (true, start),
            None => (false, token),
        };
        let start: usize = start.parse().map_err(|_| bad("NextToken"))?;
        let asked = match self.fields.get("MaxResults") {
            None => PAGE,
            Some(text) => {
                text.parse().ok().filter(|most| (1..=PAGE).contains(most)).ok_or_else(|| bad("MaxResults"))?
            }
        };
        let size = if is_empty { 0 } else { asked };
        let start = start.min(items.len());
        let end = items.len().min(start + size);
        let organization = &self.cloud.organization;
        let next = (end < items.len()).then(|| match (is_empty, organization.empty_pages) {
            _ if organization.repeat_token => PAGE.to_string(),
            (false, true) => format!("empty-{end}"),
            _ => end.to_string(),
        });
        let page: Vec<_> = items[start..end].iter().map(item).collect();
        Ok(json!({key: page, "NextToken": next}))
    }
}

fn unit(cloud: &Cloud, unit: &CloudUnit) -> Value {
    let arn = format!("arn:{}:organizations::{MANAGEMENT}:ou/{ORGANIZATION}/{}", cloud.partition(), unit.id);
    json!({"Id": unit.id, "Arn": arn, "Name": unit.name})
}

fn account(cloud: &Cloud, id: &str) -> Value {
    let mut json = json!({
        "Id": id,
        "Arn": format!("arn:{}:organizations::{MANAGEMENT}:account/{ORGANIZATION}/{id}", cloud.partition()),
        "Name": format!("team {id}"),
        "Email": format!("{id}@example.com"),
        "State": "ACTIVE",
        "Status": "ACTIVE",
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": 1_700_000_000,
    });
    let Some(account) = cloud.accounts.get(id) else { return json };
    if cloud.organization.has_paths
        && let Some(parent) = &account.parent
    {
        json["Paths"] = json!([cloud.organization.path(parent)]);
    }
    for (key, value) in &account.fields {
        json[key] = value.clone();
    }
    json
}
