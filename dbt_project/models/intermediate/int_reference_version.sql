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

    select cast(
        substr(md5(coalesce(string_agg(fact, ',' order by fact), '')), 1, 8) as varchar
    ) as reference_version
    from facts

)

select * from fingerprint
