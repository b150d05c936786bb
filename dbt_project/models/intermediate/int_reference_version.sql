{{ config(materialized='table') }}

with facts as (

    select 'member ' || ticker || ' ' || start_dt || ' ' || end_dt as fact
    from {{ ref('stg_market__universe') }}
    union all
    select 'sector ' || ticker || ' ' || sector as fact
    from {{ ref('stg_market__securities') }}
    where sector is not null

),

fingerprint as (

    select md5(coalesce(string_agg(fact, ',' order by fact), '')) as md5_sum
    from facts

),

shortened as (

    select cast(substr(md5_sum, 1, 8) as varchar) as reference_version
    from fingerprint

)

select * from shortened
