-- numbers --
select number from lot where number = any (%(numbers)s)
