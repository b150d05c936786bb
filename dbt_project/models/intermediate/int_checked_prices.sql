with prices as (

    select * from {{ ref('stg_market__prices') }}

),

checked as (

    select
        prices.*,
        cast({{ price_rejection_reason() }} as varchar) as rejection_reason
    from prices

)

select * from checked
