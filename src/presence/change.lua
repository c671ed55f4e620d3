-- Applies one change of a connection and publishes what came of it, in the order in which it was decided. Doing one again
-- changes nothing. Its cost does not grow with the number of users. Keys are made here, from ids that were checked.
local kind, channel, nodes_key, from, owner, now_ms, connection, organization, user, chat, profile = unpack(ARGV)
local call, told = redis.call, {}
local socket = 'presence:by-socket:' .. connection
local users = 'presence:users:' .. organization
-- how long the version of an empty chat is remembered
local KEPT_SECS = 3600

local function tell(text)
  told[#told + 1] = '{"presence":' .. text .. '}'
end

local function tell_user(online)
  tell('{"user":{"organization_id":"' .. organization .. '","user_id":"' .. user .. '","online":' .. online
    .. ',"at_ms":' .. now_ms .. '}}')
  tell('{"total":{"organization_id":"' .. organization .. '","total":' .. call('SCARD', users) .. '}}')
end

-- counts the change of a chat's member set; a version that was lost goes on from the clock
local function count(chat, present)
  local key = 'presence:chat:' .. chat .. ':version'
  call('SET', key, now_ms, 'NX')
  local version = string.format('%.0f', call('INCR', key))
  if present == 0 then call('EXPIRE', key, KEPT_SECS) else call('PERSIST', key) end
  return '"organization_id":"' .. organization .. '","chat_id":"' .. chat .. '","user_id":"' .. user
    .. '","count":' .. present .. ',"version":' .. version .. '}}'
end

local function enter()
  if call('HSETNX', socket, 'user', user) == 0 then return end
  call('HSET', socket, 'organization', organization, 'node', owner)
  call('SADD', 'presence:user:' .. user, connection)
  call('SADD', 'presence:node:' .. owner, connection)
  call('SADD', nodes_key, owner)
  if call('SADD', users, user) == 1 then tell_user('true') end
end

local function join()
  enter()
  call('HSET', socket, 'chat:' .. chat, 1)
  call('SADD', 'presence:chat:user:' .. chat .. ':' .. user, connection)
  local members = 'presence:chat:' .. chat
  if call('SADD', members, user) == 1 then
    tell('{"joined":{"profile":' .. profile .. ',' .. count(chat, call('SCARD', members)))
  end
end

local function leave(chat)
  local tabs, members = 'presence:chat:user:' .. chat .. ':' .. user, 'presence:chat:' .. chat
  call('HDEL', socket, 'chat:' .. chat)
  call('SREM', tabs, connection)
  if call('EXISTS', tabs) == 0 and call('SREM', members, user) == 1 then
    tell('{"left":{' .. count(chat, call('SCARD', members)))
  end
end

-- whether another connection of the user is in the organization: nearly always the first one that is looked at
local function elsewhere()
  for _, other in ipairs(call('SMEMBERS', 'presence:user:' .. user)) do
    if call('HGET', 'presence:by-socket:' .. other, 'organization') == organization then return true end
  end
  return false
end

local function part()
  for _, field in ipairs(call('HKEYS', socket)) do
    if string.sub(field, 1, 5) == 'chat:' then leave(string.sub(field, 6)) end
  end
  call('DEL', socket)
  call('SREM', 'presence:user:' .. user, connection)
  call('SREM', 'presence:node:' .. owner, connection)
  if call('EXISTS', 'presence:node:' .. owner) == 0 then call('SREM', nodes_key, owner) end
  if not elsewhere() and call('SREM', users, user) == 1 then tell_user('false') end
end

if kind == 'enter' then enter() elseif kind == 'join' then join() elseif kind == 'leave' then leave(chat) else part() end
if #told > 0 then
  call('PUBLISH', channel, '{"from":"' .. from .. '","packets":[' .. table.concat(told, ',') .. ']}')
end
