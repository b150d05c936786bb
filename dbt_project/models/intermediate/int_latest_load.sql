{{ config(materialized='table') }}

with versions as (

    select * from {{ ref('stg_market__price_versions') }}

),

latest as (

    select cast(max(loaded_at) as timestamp) as loaded_at from versions

)

select * from latest
