{{ config(materialized='table') }}

with prices as (

    select * from {{ ref('stg_market__prices') }}

),

latest as (

    select cast(max(loaded_at) as timestamp) as loaded_at from prices

)

select * from latest
