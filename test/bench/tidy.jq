# tidy.jq - records without their empty members: some programs write null for
# what is missing, some leave it out.
def tidy:
  if type == "object" then
    with_entries(.value |= tidy
      | select(.value != null and .value != "" and .value != {}))
  elif type == "array" then map(tidy)
  else . end;
tidy
