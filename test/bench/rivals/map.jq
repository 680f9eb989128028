# The same as map.json says.  The regular expression only where it is needed:
# that is faster.
def trim: if startswith(" ") or endswith(" ")
  then gsub("^\\s+|\\s+$"; "") else . end;
{email: (.Email | trim | ascii_downcase), first_name: .FirstName,
 last_name: .LastName, external_id: .CustomerId, organization: .Company,
 locale: .Language,
 location: {address1: .Street, city: .City, region: .State,
   country: .Country, zip: .Zip},
 properties: {Plan, SignedUp, Orders, Store, OptIn}}
