with checked as (

    select * from {{ ref('int_checked_prices') }}

),

trading_days as (

    select * from {{ ref('int_trading_days') }}

),

accepted as (

    select checked.*
    from checked
    inner join trading_days on checked.dt = trading_days.dt
    where
        trading_days.is_open
        and checked.rejection_reason is null

)

select * from accepted
