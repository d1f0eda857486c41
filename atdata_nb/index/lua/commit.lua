-- Apply a plan if everything is still as it was when the plan was made; return 1, or 0 if not.
-- ARGV: flag of a transaction in several pieces or '', checks, commands, URLs with an entry less,
-- ids and CIDs whose published hash may have changed, names whose published label may have.
local flag = ARGV[1]
if flag ~= '' and redis.call('EXISTS', flag) == 1 then return 0 end

for _, framed in ipairs(parts(ARGV[2])) do
  local ask, count = parts(framed)
  local found = redis.call(unpack(ask, 2, count))
  if type(found) == 'number' then found = tostring(found) end
  if found ~= ask[1] then
    if flag ~= '' then redis.call('SET', flag, 1) end
    return 0
  end
end

local before = redis.call('DBSIZE')

local function as_hash(key)
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', key) end
end

-- HSET merges: what is not said any more has to be taken away (HDEL), or it would stay for ever.
local function show_entry(cid)
  local key = 'LocalDatasetEntry:' .. cid
  local last = redis.call(
    'ZREVRANGEBYLEX', OWN .. 'cids', '(' .. cid .. '\1', '[' .. cid .. '\0', 'LIMIT', 0, 1)[1]
  if not last then return redis.call('DEL', key) end
  local id = string.sub(last, #cid + 2)
  local row = parts(redis.call('HGET', OWN .. 'entries', id))
  local name, schema_ref, urls, metadata = row[1], row[4], row[5], row[6]
  if redis.call('HGET', OWN .. 'newest', name) ~= id then name = name .. '@' .. row[2] end
  as_hash(key)
  redis.call('HSET', key, 'name', name, 'schema_ref', schema_ref, 'data_urls', urls, 'cid', cid,
    'atdata_nb', mark(name, schema_ref, urls, metadata))
  if metadata then
    redis.call('HSET', key, 'metadata', metadata)
  else
    redis.call('HDEL', key, 'metadata')
  end
end

local function show_label(name)
  local key = 'Label:' .. name .. '@'
  local id = redis.call('HGET', OWN .. 'newest', name)
  if not id then return redis.call('DEL', key) end
  local row = parts(redis.call('HGET', OWN .. 'entries', id))
  local cid, description = row[3], row[7]
  as_hash(key)
  redis.call('HSET', key, 'cid', cid, 'name', name, 'version', '',
    'atdata_nb', mark(name, cid, '', description))
  if description then
    redis.call('HSET', key, 'description', description)
  else
    redis.call('HDEL', key, 'description')
  end
end

for _, framed in ipairs(parts(ARGV[3])) do
  local command, count = parts(framed)
  redis.call(unpack(command, 1, count))
end
for _, url in ipairs(parts(ARGV[4])) do
  if redis.call('HINCRBY', OWN .. 'urls', url, -1) <= 0 then
    redis.call('HDEL', OWN .. 'urls', url)
  end
end
for _, id in ipairs(parts(ARGV[5])) do
  local row = redis.call('HGET', OWN .. 'entries', id)
  if row then show_entry(parts(row)[3]) end
end
for _, cid in ipairs(parts(ARGV[6])) do show_entry(cid) end
for _, name in ipairs(parts(ARGV[7])) do show_label(name) end

-- Who opens the index next can tell by the number of keys whether somebody else was here.
redis.call('HINCRBY', OWN .. 'state', 'grown', redis.call('DBSIZE') - before)
return 1
