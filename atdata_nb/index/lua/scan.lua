-- Walk some of the keyspace; return the next cursor, and keys of the published layout that are not
-- as this index wrote them. ARGV: cursor, how many keys to look at.

local function is_marked(key, ...)
  local found = redis.pcall('HMGET', key, 'atdata_nb', ...)
  if found.err then return false end
  return found[1] == mark(unpack(found, 2, select('#', ...) + 1))
end

local known = {}

function known.LocalDatasetEntry(key)
  return is_marked(key, 'name', 'schema_ref', 'data_urls', 'metadata')
end

function known.Label(key) return is_marked(key, 'name', 'cid', 'version', 'description') end

local function is_listed(kind, name, version)
  return name and redis.call('ZSCORE', OWN .. kind, name .. '\0' .. version)
end

-- Schemas of the oldest releases have their module in front of the name.
function known.LocalSchema(key, rest)
  return is_listed('LocalSchema', string.match(rest, '([^.@]*)@([^@]*)$'))
end

function known.LocalLens(key, rest)
  return is_listed('LocalLens', string.match(rest, '^(.*)@([^@]*)$'))
end

local unknown = {}
local page = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
for _, key in ipairs(page[2]) do
  local kind, rest = string.match(key, '^(%a+):(.*)$')
  if known[kind] and not known[kind](key, rest) then unknown[#unknown + 1] = key end
end
return {page[1], unknown}
